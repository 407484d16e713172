// The window's history: takes every reading, answers what charts want of the past, reads marks back now and
// then so that those of the command line show. All work is on the history's own thread; GUI thread.
#pragma once

#include <QHash>
#include <QObject>
#include <QTimer>
#include <deque>

#include "app/live/drift_marks.h"
#include "backends/history/deploy_spans.h"
#include "backends/history/history_thread.h"
#include "widgets/charts/queue_past.h"
#include "widgets/models/queue_ref.h"

namespace spillway {

// Pure.
[[nodiscard]] QueuePast pastOf(const HistoryAnswer& answer, double from, double to);
[[nodiscard]] ChartMark chartMark(const HistoryMark& mark);

class SessionHistory : public QObject {
    Q_OBJECT
public:
    explicit SessionHistory(const HistorySettings& settings, QObject* parent = nullptr);
    ~SessionHistory() override;  // waits until everything recorded is in the file

    // What the status line says: "history 7 d", and in one sentence why it is not more.
    [[nodiscard]] QString text() const;
    [[nodiscard]] QString hint() const;

public slots:
    void record(const spillway::ReadingPtr& reading);
    // Answered with pastRead(), at the latest when the file can be read again after trouble.
    void askPast(const spillway::QueueRef& queue, double from, double to);
    // The metric "ready" in the quarter of an hour before `at`, one queue after the other, so that what
    // charts want comes in between. Each is answered with trendRead().
    void askTrends(const std::vector<spillway::QueueRef>& queues, double at);
    void askRecorded(const QString& connection);  // answered with recordedRead(), or not at all
    void addMark(const QString& connection, const QString& queue, const QString& text);
    // Answered with markPlaced() when it is on the disk, or markFailed().
    void placeDeploy(const QString& id, const QString& connection, const QString& queue, const QString& text);
    // The signals of a queue before and after the newest deploy mark of this checklist; answered with
    // compared() where there is such a mark.
    void compareDeploy(const spillway::Checklist& checklist, const spillway::QueueRef& queue);
    void addActionMark(const QString& connection, const QString& queue, const QString& text);
    // Answered with acknowledgementsRead(), here and whenever another program says something, or with
    // acknowledgeFailed(). Its time is given here.
    void acknowledge(spillway::Acknowledgement said);
    // How it was; answered with momentRead() or momentFailed(). While one is answered only the newest waits.
    void askMoment(double at);
    void askFindingRuns(double from, double to);  // seconds since 1970; answered with findingRunsRead()
    void refresh();                               // marks and extent; by itself every 30 s

signals:
    void pastRead(const spillway::QueueRef& queue, const spillway::QueuePast& past);
    void trendRead(const spillway::QueueRef& queue, const spillway::QueuePast& past);
    void recordedRead(const QString& connection, const spillway::RecordedPast& past);
    void momentRead(double at, const std::vector<spillway::ReadingPtr>& readings);
    void momentFailed(const spillway::Failure& failure);
    void reachRead(double oldest);  // seconds since 1970
    void findingRunsRead(const std::vector<spillway::FindingRun>& runs);
    void acknowledgementsRead(const spillway::Acknowledgements& said);
    void acknowledgeFailed(const QString& title, const spillway::Failure& failure);
    void compared(const QString& id, const spillway::DeployComparison& comparison);
    void markPlaced(const QString& id);
    void markFailed(const QString& id, const QString& sentence);
    void marksRead(const std::vector<spillway::ChartMark>& marks);
    void stateChanged(const QString& text, const QString& hint);

private:
    struct Question {
        QueueRef queue;
        double from = 0, to = 0;
        bool trend = false;
    };
    struct Comparing {
        QString id, name;
        quint64 before = 0, after = 0;  // requests
        std::optional<QueueSpan> was, is;
    };
    bool takeSpan(quint64 request, const HistoryAnswer& answer);  // whether it belongs to a comparison
    quint64 mark(HistoryMarkKind kind, const QString& connection, const QString& queue, const QString& text);
    void askNextTrend();
    void askNextMoment();
    void onAnswered(quint64 request, const HistoryAnswer& answer);
    void onFailed(quint64 request, const Failure& failure);
    void onMarks(const std::vector<HistoryMark>& marks);
    void onNotice(const Failure& notice);
    void onRole(HistoryRole role);
    void askAgain();
    void tellState();

    QHash<quint64, Question> m_asked;
    std::vector<Comparing> m_comparing;
    QHash<quint64, QString> m_placing;  // marks under way
    std::deque<Question> m_trends;      // to be asked
    quint64 m_trendAsked = 0;
    std::vector<Question> m_unanswered;  // failed; asked again when the file can be read
    std::vector<HistoryMark> m_marks;
    QHash<QString, double> m_skews;  // server minus local, by connection
    DriftMarks m_drift;
    std::optional<HistoryRole> m_role;
    std::optional<Failure> m_notice;
    std::optional<ServerTime> m_oldest;
    QTimer m_refresh;
    QTimer m_lookForWords;  // of others about findings
    Acknowledgements m_said;
    bool m_saidRead = false;
    quint64 m_momentAsked = 0;
    double m_momentShown = 0;               // the one asked for
    std::optional<double> m_momentWaiting;  // asked for since then
    quint64 m_saying = 0;                   // request
    HistoryThread m_history;                // last: the others are there while it still speaks
};

}  // namespace spillway
