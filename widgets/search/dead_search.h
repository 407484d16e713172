// Looks for a text among the dead letters of several connections: id, kind, queue and error of the newest of
// them, and where it is wanted their payloads. Each server gets one small question at a time, the next when
// the answer is in. Bounded, and says how far it looked. GUI thread.
#pragma once

#include <QObject>
#include <deque>
#include <vector>

#include "backends/domain/inquiry.h"
#include "widgets/search/search_hits.h"

namespace spillway {

class DeadSearch : public QObject {
    Q_OBJECT
public:
    static constexpr int kPage = 500;      // jobs in one question
    static constexpr int kNewest = 2000;   // jobs looked at on each connection
    static constexpr int kPayloads = 100;  // of these, payloads read on each connection

    using QObject::QObject;

    // Forgets what was looked for before. A whole id is found however old its job is.
    void start(const QString& text, bool payloads, const QStringList& connections);
    void stop();
    [[nodiscard]] bool running() const;
    [[nodiscard]] const std::vector<SearchHit>& hits() const { return m_hits; }
    [[nodiscard]] bool moreMatch() const { return m_more; }  // than kMostHits of a connection
    // One sentence for each connection: how much was looked at, or why not.
    [[nodiscard]] QStringList reach() const;

    void takeAnswer(quint64 ticket, const Answer& answer);  // one that was not asked for here is ignored

signals:
    void inquiryMade(const QString& connection, quint64 ticket, const spillway::Inquiry& inquiry);
    void changed();

private:
    enum class Step { by_id, newest, payloads, done };
    struct Place {
        QString connection;
        Step step = Step::by_id;
        quint64 ticket = 0;
        qint64 looked_at = 0;
        Count total;
        bool all = false;  // there were no more
        std::deque<JobQuery> unread;
        qint64 read = 0;  // payloads
        QString problem;
    };

    void ask(Place& place, const Inquiry& inquiry);
    void askNewest(Place& place, const QString& after);
    void askPayload(Place& place);
    void takePage(Place& place, const DeadPage& page);
    void takeDetail(Place& place, const JobDetail& detail);
    void takeFailure(Place& place, const Failure& failure);
    void consider(Place& place, const DeadJob& job);
    void add(const Place& place, const DeadJob& job, const QString& where);

    QString m_text;
    bool m_payloads = false;
    quint64 m_lastTicket = quint64{1} << 40;  // apart from those of the pages
    std::vector<Place> m_places;
    std::vector<SearchHit> m_hits;
    bool m_more = false;
};

}  // namespace spillway
