#include "app/demo/sidekiq_workload.h"

#include <unistd.h>
#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QRandomGenerator>
#include <cmath>

namespace spillway {
using namespace Qt::StringLiterals;

struct SidekiqWorkload::Queue {
    QByteArray name;
    QString kind;
    QString shows;
    double arrivals;  // per second
    double drain;
    int failing = 0;  // of 100 attempts
    Pace arrival{arrivals};
    Pace claims{drain};
};

namespace {

constexpr double kRun_s = 0.3;
constexpr int kConcurrency = 10;
constexpr double kDay_s = 86'400;
constexpr double kWaveEvery_s = 900;

constexpr int kLastRetry = 24;  // of 25, counted from 0

double now() {
    return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000;
}
QByteArray json(const QJsonObject& object) {
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}
int retriesOf(const QByteArray& payload) {
    return QJsonDocument::fromJson(payload).object()[u"retry_count"_s].toInt();
}
QByteArray score(double seconds) {
    return QByteArray::number(seconds, 'f', 6);
}
QByteArray identity(int process) {
    return "demo-host-" + QByteArray::number(process) + ":4242:1f2e3d4c5b6a";
}

QJsonObject failedOnce(QJsonObject job, int retries, double at) {
    job[u"retry_count"_s] = retries;
    job[u"error_class"_s] = u"Net::ReadTimeout"_s;
    job[u"error_message"_s] = u"Net::ReadTimeout with #<TCPSocket:(closed)>"_s;
    if (!job.contains(u"failed_at"_s)) job[u"failed_at"_s] = at;
    if (retries > 0) job[u"retried_at"_s] = at;
    return job;
}

}  // namespace

SidekiqWorkload::SidekiqWorkload(const QString& socketPath, bool stillBroken)
    : m_session(socketPath), m_stillBroken(stillBroken), m_queues(everyQueue()) {}

std::vector<SidekiqWorkload::Queue> SidekiqWorkload::everyQueue() {
    return {
        {.name = "default",
         .kind = u"SearchIndexJob"_s,
         .shows = u"healthy: 12/s in, workers keep up"_s,
         .arrivals = 12,
         .drain = 60},

        {.name = "mailers",
         .kind = u"MailerJob"_s,
         .shows =
             u"retrying, with a wave of 3 000 in a quarter of an hour; 2 000 dead letters, the oldest 92 days old"_s,
         .arrivals = 4,
         .drain = 40,
         .failing = 25}};
}

SidekiqWorkload::~SidekiqWorkload() = default;

std::vector<DemoQueue> SidekiqWorkload::queues() const {
    std::vector<DemoQueue> list;
    for (const auto& queue : m_queues)
        list.push_back({u"redis"_s, u"sidekiq"_s, QString::fromUtf8(queue.name), queue.shows});
    return list;
}

QJsonObject SidekiqWorkload::newJob(const Queue& queue) {
    const QString jid = QString::number(0x5eed'0000'0000LL + ++m_number, 16).rightJustified(24, u'0');
    return {{u"class"_s, queue.kind}, {u"queue"_s, QString::fromUtf8(queue.name)}, {u"retry"_s, 25},
            {u"jid"_s, jid},          {u"args"_s, QJsonArray{m_number}},           {u"created_at"_s, now()},
            {u"enqueued_at"_s, now()}};
}

void SidekiqWorkload::prepare() {
    for (const auto& queue : m_queues) m_session.run({"SADD", "queues", queue.name});
    m_session.run({"MSET", "stat:processed", "184203", "stat:failed", "9120"});
    fillDeadSet();
    fillRetrySet();
    sendWave();
    beat();
}

// Most died long ago, the oldest 92 days; Sidekiq itself would forget them after 180.
void SidekiqWorkload::fillDeadSet() {
    constexpr int dead = 2'000;
    QByteArrayList command{"ZADD", "dead"};
    for (int i = 0; i < dead; ++i) {
        const double died = now() - 92 * kDay_s * std::pow(1.0 - static_cast<double>(i) / dead, 0.6);
        QJsonObject job = newJob(m_queues[1]);
        job[u"created_at"_s] = died - 20 * kDay_s;
        job[u"enqueued_at"_s] = died - 1;
        command << score(died) << json(failedOnce(job, 25, died));
    }
    m_session.run(command);
}

void SidekiqWorkload::fillRetrySet() {
    QByteArrayList command{"ZADD", "retry"};
    for (int i = 0; i < 200; ++i)
        command << score(now() + 240.0 * i / 200) << json(failedOnce(newJob(m_queues[1]), i % 3, now() - 60));
    m_session.run(command);
}

// An upstream was down for a minute, and everything that failed comes back within the same one.
void SidekiqWorkload::sendWave() {
    constexpr int jobs = 3'000;
    const double lands = now() + kWaveEvery_s;
    QByteArrayList command{"ZADD", "retry"};
    for (int i = 0; i < jobs; ++i)
        command << score(lands + 30.0 * i / jobs) << json(failedOnce(newJob(m_queues[1]), 4, now() - 60));
    m_session.run(command);
    m_sinceWave = 0;
}

void SidekiqWorkload::produce(const Queue& queue, int n) {
    QByteArrayList command{"LPUSH", "queue:" + queue.name};
    for (int i = 0; i < n; ++i) command << json(newJob(queue));
    m_session.run(command);
}

void SidekiqWorkload::claim(const Queue& queue, int n) {
    for (const auto& payload : m_session.list({"RPOP", "queue:" + queue.name, QByteArray::number(n)}))
        m_running.push_back({queue.name, payload, now()});
}

void SidekiqWorkload::finish() {
    int ended = 0;
    for (; !m_running.empty() && now() - m_running.front().claimed_s >= kRun_s; ++ended) {
        if (fails(m_running.front())) fail(m_running.front());
        m_running.pop_front();
    }
    if (ended > 0) m_session.run({"INCRBY", "stat:processed", QByteArray::number(ended)});
}

// What comes out of the dead set was mended meanwhile, or is still broken.
bool SidekiqWorkload::fails(const Running& running) const {
    if (retriesOf(running.payload) >= kLastRetry) return m_stillBroken;
    const int failing = running.queue == m_queues[1].name ? m_queues[1].failing : 0;
    return QRandomGenerator::global()->bounded(100) < failing;
}

// count^4 + 15 s and some chance, as Sidekiq waits. Every hundredth failure is the last one.
void SidekiqWorkload::fail(const Running& running) {
    const QJsonObject job = QJsonDocument::fromJson(running.payload).object();
    const int count = job.contains(u"retry_count"_s) ? job[u"retry_count"_s].toInt() + 1 : 0;
    const double wait_s = std::pow(count, 4) + 15 + QRandomGenerator::global()->bounded(10) * (count + 1);
    m_session.run({"INCR", "stat:failed"});
    if (count > kLastRetry || QRandomGenerator::global()->bounded(100) == 0)
        m_session.run({"ZADD", "dead", score(now()), json(failedOnce(job, 25, now()))});
    else
        m_session.run({"ZADD", "retry", score(now() + wait_s), json(failedOnce(job, count, now()))});
}

void SidekiqWorkload::promote() {
    const auto due =
        m_session.list({"ZRANGE", "retry", "-inf", score(now()), "BYSCORE", "LIMIT", "0", "100"});
    for (const auto& payload : due) {
        if (m_session.number({"ZREM", "retry", payload}) == 0) continue;
        QJsonObject job = QJsonDocument::fromJson(payload).object();
        job[u"enqueued_at"_s] = now();
        m_session.run({"LPUSH", "queue:" + job[u"queue"_s].toString().toUtf8(), json(job)});
    }
}

void SidekiqWorkload::beat() {
    for (int process = 1; process <= 2; ++process) {
        const QByteArray name = identity(process);
        const QJsonObject info{{u"hostname"_s, u"demo-host-%1"_s.arg(process)},
                               {u"started_at"_s, now() - 3600},
                               {u"pid"_s, 4242},
                               {u"tag"_s, u"shop"_s},
                               {u"concurrency"_s, kConcurrency},
                               {u"queues"_s, QJsonArray{u"default"_s, u"mailers"_s}},
                               {u"labels"_s, QJsonArray{}},
                               {u"identity"_s, QString::fromUtf8(name)},
                               {u"version"_s, u"7.3.9"_s}};
        m_session.run({"SADD", "processes", name});
        m_session.run({"HSET", name, "info", json(info), "concurrency", QByteArray::number(kConcurrency),
                       "busy", QByteArray::number(static_cast<qint64>(m_running.size()) / 2), "beat",
                       score(now()), "quiet", "false", "rss", "180000", "rtt_us", "300"});
        m_session.run({"EXPIRE", name, "60"});
    }
    const QByteArray work = identity(1) + ":work";
    m_session.run({"UNLINK", work});
    for (std::size_t i = 0; i < m_running.size() && i < kConcurrency; ++i) {
        const QJsonObject entry{{u"queue"_s, QString::fromUtf8(m_running[i].queue)},
                                {u"payload"_s, QString::fromUtf8(m_running[i].payload)},
                                {u"run_at"_s, static_cast<qint64>(m_running[i].claimed_s)}};
        m_session.run({"HSET", work, "t" + QByteArray::number(static_cast<qint64>(i)), json(entry)});
    }
    m_session.run({"EXPIRE", work, "60"});
}

void SidekiqWorkload::step(double seconds) {
    finish();
    promote();
    for (auto& queue : m_queues) {
        if (const int n = queue.arrival.due(seconds)) produce(queue, n);
        const int free = 2 * kConcurrency - static_cast<int>(m_running.size());
        if (const int n = std::min(free, queue.claims.due(seconds)); n > 0) claim(queue, n);
    }
    m_sinceWave += seconds;
    if (m_sinceWave > kWaveEvery_s + 120) sendWave();
    m_sinceBeat += seconds;
    if (m_sinceBeat < 5) return;
    beat();
    m_sinceBeat = 0;
}

}  // namespace spillway
