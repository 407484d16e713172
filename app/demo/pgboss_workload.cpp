#include "app/demo/pgboss_workload.h"

#include <unistd.h>
#include <QUuid>

namespace spillway {
using namespace Qt::StringLiterals;

struct PgBossWorkload::Queue {
    QString name;
    QString shows;
    double arrivals;  // per second
    double drain;     // claims per second
    int runMs;
    int failing = 0;       // of 100 attempts
    int failingLast = -1;  // of 100 last attempts; -1: the same
    double jitter = 0.4;   // of the time until the next attempt
    int retryLimit = 3;
    int retryDelay_s = 5;
    int deletion_s = 604'800;
    int backlog = 0;  // waiting when the demo starts
    int dead = 0;
    int retrying = 0;
    int lost = 0;   // in the hands of a worker that is gone
    int burst = 0;  // jobs that come at once, beside the arrivals, every …
    Every bursts{10, 5};
    int wave = 0;           // jobs that have failed together, and wait for the same second; every …
    Every waves{900, 900};  // the first one comes with the start
    Pace arrival{arrivals};
    Pace claim{drain};

    [[nodiscard]] std::vector<std::pair<QString, QString>> values(int n) const {
        return {{u"queue"_s, name},
                {u"n"_s, QString::number(n)},
                {u"run_ms"_s, QString::number(runMs)},
                {u"failing"_s, QString::number(failing)},
                {u"failing_last"_s, QString::number(failingLast < 0 ? failing : failingLast)},
                {u"jitter"_s, QString::number(jitter)},
                {u"burst_every"_s, QString::number(bursts.period_s())},
                {u"retry_limit"_s, QString::number(retryLimit)},
                {u"retry_delay"_s, QString::number(retryDelay_s)},
                {u"deletion"_s, QString::number(deletion_s)},
                {u"seconds"_s, QString::number(arrivals > drain ? backlog / (arrivals - drain) : 60)}};
    }
};

namespace {

QString workerJson(const QString& queue) {
    return u"{\"id\": \"%1\", \"queue\": \"%2\", \"active\": 2, \"batchSize\": 5, \"localConcurrency\": 2, \"options\": {}}"_s
        .arg(QUuid::createUuid().toString(QUuid::WithoutBraces), queue);
}

}  // namespace

PgBossWorkload::PgBossWorkload(const QString& url, bool stillBroken)
    : m_session(url), m_stillBroken(stillBroken), m_queues(everyQueue()) {}

std::vector<PgBossWorkload::Queue> PgBossWorkload::everyQueue() {
    return {{.name = u"orders"_s,
             .shows = u"never drains: 250/s in, 50/s out, 40 000 waiting at the start"_s,
             .arrivals = 250,
             .drain = 50,
             .runMs = 300,
             .backlog = 40'000},
            {.name = u"search-index"_s,
             .shows = u"healthy: 15/s in, workers keep up"_s,
             .arrivals = 15,
             .drain = 60,
             .runMs = 100},
            {.name = u"emails"_s,
             .shows = u"2 000 dead letters, the oldest 92 days old; 3/s pass through"_s,
             .arrivals = 3,
             .drain = 20,
             .runMs = 200,
             .failing = 2,
             .retryLimit = 0,
             .deletion_s = 0,
             .dead = 2'000},
            {.name = u"webhooks"_s,
             .shows = u"retrying: half of all attempts fail and back off"_s,
             .arrivals = 8,
             .drain = 60,
             .runMs = 250,
             .failing = 50,
             .retryLimit = 6,
             .retryDelay_s = 8,
             .retrying = 400},

            {.name = u"partner-sync"_s,
             .shows =
                 u"a retry storm: 12 jobs every 10 s, each runs 6 times, all in the same second: no jitter"_s,
             .arrivals = 0,
             .drain = 200,
             .runMs = 300,
             .failing = 100,
             .failingLast = 3,
             .jitter = 0,
             .retryLimit = 5,
             .retryDelay_s = 2,
             .burst = 12},

            {.name = u"crm-sync"_s,
             .shows = u"a wave to come: 800 retries due in the same second, every 15 min; 2/s pass through"_s,
             .arrivals = 2,
             .drain = 20,
             .runMs = 200,
             .wave = 800},

            {.name = u"invoices"_s,
             .shows = u"3 jobs lost at a SIGTERM 40 min ago: their worker is gone; 2/s pass through"_s,
             .arrivals = 2,
             .drain = 20,
             .runMs = 200,
             .lost = 3}};
}

PgBossWorkload::~PgBossWorkload() = default;

std::vector<DemoQueue> PgBossWorkload::queues() const {
    std::vector<DemoQueue> list;
    for (const auto& queue : m_queues) list.push_back({u"postgres"_s, u"pgboss"_s, queue.name, queue.shows});
    return list;
}

void PgBossWorkload::prepare() {
    QString sql = scenario(u"pgboss/schema.sql"_s, {{u"pid"_s, QString::number(::getpid())}});
    for (const auto& queue : m_queues) prepareQueue(queue, sql);
    m_session.run(sql + scenario(u"pgboss/monitor.sql"_s) + u"ANALYZE pgboss.job;"_s);
    step(0);
}

void PgBossWorkload::prepareQueue(const Queue& queue, QString& sql) const {
    sql += scenario(u"pgboss/queue.sql"_s, queue.values(0));
    if (queue.backlog > 0) sql += scenario(u"pgboss/backlog.sql"_s, queue.values(queue.backlog));
    if (queue.dead > 0) sql += scenario(u"pgboss/dead.sql"_s, queue.values(queue.dead));
    if (queue.retrying > 0) sql += scenario(u"pgboss/retrying.sql"_s, queue.values(queue.retrying));
    if (queue.burst > 0) sql += scenario(u"pgboss/storm.sql"_s, queue.values(queue.burst));
    if (queue.lost > 0) sql += scenario(u"pgboss/orphans.sql"_s, queue.values(queue.lost));
}

QString PgBossWorkload::queueStep(Queue& queue, double seconds) const {
    auto finishing = queue.values(0);
    finishing.emplace_back(u"still_broken"_s, m_stillBroken ? u"true"_s : u"false"_s);
    QString sql = scenario(u"pgboss/finish.sql"_s, finishing);
    if (const int n = queue.arrival.due(seconds)) sql += scenario(u"pgboss/produce.sql"_s, queue.values(n));
    if (queue.burst > 0 && queue.bursts.due(seconds))
        sql += scenario(u"pgboss/produce.sql"_s, queue.values(queue.burst));
    if (queue.wave > 0 && queue.waves.due(seconds))
        sql += scenario(u"pgboss/wave.sql"_s, queue.values(queue.wave));
    if (const int n = queue.claim.due(seconds)) sql += scenario(u"pgboss/claim.sql"_s, queue.values(n));
    return sql;
}

void PgBossWorkload::step(double seconds) {
    QString sql;
    for (auto& queue : m_queues) sql += queueStep(queue, seconds);
    m_sinceMonitor += seconds;
    m_sinceHeartbeat += seconds;
    if (m_sinceMonitor >= 60) {
        sql += scenario(u"pgboss/monitor.sql"_s);
        m_sinceMonitor = 0;
    }
    if (seconds == 0 || m_sinceHeartbeat >= 15) {
        QStringList workers;
        for (const auto& queue : m_queues) workers << workerJson(queue.name);
        sql += scenario(u"pgboss/heartbeat.sql"_s, {{u"workers"_s, u'[' + workers.join(u',') + u']'}});
        m_sinceHeartbeat = 0;
    }
    m_session.run(sql);
}

}  // namespace spillway
