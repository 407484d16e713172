// Random lives of real queues, watched as the console watches them, and measured against what the library's
// own process did: false criticals, "exact" figures that are wrong, and truths that nobody was told.
#pragma once

#include <QElapsedTimer>
#include <map>
#include <random>

#include "backends/domain/queue_backend.h"
#include "backends/health/health_monitor.h"
#include "tests/campaign/life.h"
#include "tests/redis/json_peer.h"

namespace spillway::test {

struct CampaignOutcome {
    QStringList false_criticals, wrong_exacts, missed;
    int lives = 0, polls = 0, unread_polls = 0, exact_figures = 0;

    [[nodiscard]] QString text() const;
    CampaignOutcome& operator+=(const CampaignOutcome& other);
};

class Campaign {
public:
    // `peer` runs queue_lives.mjs with the settle time of the backend (its flow totals end so long before a
    // poll); `backend` is open. Both outlive this.
    Campaign(JsonPeer& peer, QueueBackend& backend, std::vector<Life> lives, unsigned seed);
    // One run of that many seconds. What the peer answered wrongly is in trouble().
    [[nodiscard]] CampaignOutcome run(double seconds);
    [[nodiscard]] const QString& trouble() const { return m_trouble; }

private:
    struct Pair {
        qint64 asked = 0, confirmed = 0;
    };
    struct Truth {
        Pair sent, done, died;
        qint64 started = 0, first_started = 0;
        QJsonObject lies;  // how many in which state; whole only while the queue is quiet
    };
    using Truths = std::map<QString, Truth>;
    struct Sample {
        double at_s = 0;
        Truths before, after;  // the poll
        ServerReading reading;
    };
    // How one of the flow totals is known: by us, at least and at most by the library's process.
    struct Flow {
        const char* name;
        Count FlowTotals::*seen;
        qint64 (*least)(const Truth&);
        qint64 (*most)(const Truth&);  // nullptr: known only while the queue is quiet
    };
    static const std::vector<Flow>& flows();

    [[nodiscard]] QJsonObject ask(const char* action, const QJsonObject& more = {});
    [[nodiscard]] static Truths truthsOf(const QJsonObject& answer);
    [[nodiscard]] bool poll();
    void checkSteps();
    void checkFindings(const std::vector<Finding>& findings);
    void checkQuiet(const Truths& truths);
    void checkMissed();
    [[nodiscard]] static const QueueReading* queueOf(const ServerReading& reading, const QString& queue);
    [[nodiscard]] qint64 leastBacklog(const Sample& sample, const QString& queue) const;
    [[nodiscard]] qint64 mostBacklog(const Sample& sample, const QString& queue) const;
    [[nodiscard]] const Sample* sampleAgo(double seconds) const;
    [[nodiscard]] bool grew(const QString& queue) const;
    [[nodiscard]] bool grewSteadily(const QString& queue, double seconds) const;
    [[nodiscard]] bool nothingLeft(const QString& queue, double seconds) const;

    JsonPeer& m_peer;
    QueueBackend& m_backend;
    std::vector<Life> m_lives;
    std::mt19937 m_random;
    HealthMonitor m_monitor;
    QElapsedTimer m_clock;
    std::vector<Sample> m_samples;
    std::map<QString, QStringList> m_last;  // the rules of the newest criticals, by queue
    CampaignOutcome m_outcome;
    QString m_trouble;
};

// For main tests: how often to run; SPILLWAY_LONG_TESTS=1 makes 200 lives of it.
[[nodiscard]] int campaignRuns();
// queue_lives.mjs on that server; `settle_ms`: how long before a poll the backend's flow totals end.
[[nodiscard]] bool startLives(JsonPeer& peer, const QString& library, const QString& address, int settle_ms);
// The current test fails where there was anything to complain of, or nothing was compared.
void verifyOutcome(const CampaignOutcome& outcome);

}  // namespace spillway::test
