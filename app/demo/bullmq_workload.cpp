#include "app/demo/bullmq_workload.h"

#include <QDateTime>
#include <QUuid>

namespace spillway {
using namespace Qt::StringLiterals;

struct BullMqWorkload::Queue {
    QByteArray name;
    QString shows;
    double arrivals;  // per second
    double drain;     // claims per second
    int workers;
    int runMs = 200;
    int failing = 0;  // of 100 attempts
    int backlog = 0;
    bool paused = false;
    bool stuck = false;  // one job is claimed, and its worker is gone; nobody looks after it
    Pace arrival{arrivals};
    Pace claims{drain};
    std::vector<RedisSession> connections = {};

    [[nodiscard]] QByteArray key(const char* suffix) const { return head() + suffix; }
    [[nodiscard]] QByteArray head() const { return "bull:" + name + ':'; }
};

namespace {

constexpr int kAttempts = 6;
constexpr int kBackoffMs = 8'000;
constexpr int kKeepCompleted = 500;

QByteArray nowMs() {
    return QByteArray::number(QDateTime::currentMSecsSinceEpoch());
}

}  // namespace

BullMqWorkload::BullMqWorkload(const QString& socketPath) : m_socketPath(socketPath), m_producer(socketPath) {
    m_queues.push_back({.name = "notifications",
                        .shows = u"never drains: 60/s in, 15/s out, 10 000 waiting at the start"_s,
                        .arrivals = 60,
                        .drain = 15,
                        .workers = 2,
                        .backlog = 10'000});
    m_queues.push_back({.name = "exports",
                        .shows = u"drains in about 5 min: 12 000 waiting, 5/s in, 45/s out"_s,
                        .arrivals = 5,
                        .drain = 45,
                        .workers = 3,
                        .backlog = 12'000});
    m_queues.push_back({.name = "webhooks",
                        .shows = u"retrying: half of all attempts fail and back off"_s,
                        .arrivals = 6,
                        .drain = 60,
                        .workers = 2,
                        .runMs = 250,
                        .failing = 50});
    m_queues.push_back(
        {.name = "reports",
         .shows = u"paused with 120 waiting, and more arrive; one running job whose worker is gone"_s,
         .arrivals = 0.5,
         .drain = 0,
         .workers = 1,
         .backlog = 120,
         .paused = true,
         .stuck = true});
}

BullMqWorkload::~BullMqWorkload() = default;

std::vector<DemoQueue> BullMqWorkload::queues() const {
    std::vector<DemoQueue> list;
    for (const auto& queue : m_queues)
        list.push_back({u"redis"_s, u"bullmq"_s, QString::fromUtf8(queue.name), queue.shows});
    return list;
}

void BullMqWorkload::prepare() {
    const auto load = [this](const QString& file) {
        return m_producer.text({"SCRIPT", "LOAD", scenario(u"bullmq/"_s + file).toUtf8()});
    };
    m_add = load(u"add.lua"_s);
    m_claim = load(u"claim.lua"_s);
    m_finish = load(u"finish.lua"_s);
    for (auto& queue : m_queues) prepareQueue(queue);
}

void BullMqWorkload::prepareQueue(Queue& queue) {
    m_producer.run({"HSET", queue.key("meta"), "version", "bullmq:6.7.0", "opts.maxLenEvents", "10000"});
    if (queue.paused) m_producer.run({"HSET", queue.key("meta"), "paused", "1"});
    add(queue, queue.backlog, 180'000);
    for (int i = 1; i <= queue.workers; ++i) {
        RedisSession worker(m_socketPath);
        worker.run(
            {"CLIENT", "SETNAME", "bull:" + queue.name.toBase64() + ":w:demo-" + QByteArray::number(i)});
        queue.connections.push_back(std::move(worker));
    }
    if (queue.stuck) leaveStuck(queue);
    if (queue.failing > 0) add(queue, 150, 1'000);  // the first retries come soon
}

void BullMqWorkload::add(const Queue& queue, int n, int spreadMs) {
    m_producer.runScript(
        m_add,
        {queue.key("id"), queue.key("wait"), queue.key("events"), queue.key("marker"), queue.key("meta")},
        {queue.head(), queue.name, QByteArray::number(kAttempts), QByteArray::number(kBackoffMs),
         QByteArray::number(n), nowMs(), QByteArray::number(spreadMs)});
}

// Claimed twenty minutes ago; its lock has run out since.
void BullMqWorkload::leaveStuck(const Queue& queue) {
    const QByteArray id = m_producer.text({"RPOP", queue.key("wait")});
    const QByteArray began = QByteArray::number(QDateTime::currentMSecsSinceEpoch() - 20 * 60'000);
    m_producer.run({"HSET", queue.head() + id, "processedOn", began, "pb", "demo-9", "ats", "1"});
    m_producer.run({"LPUSH", queue.key("active"), id});
}

void BullMqWorkload::claim(Queue& queue, int n) {
    const auto turn = static_cast<std::size_t>(m_claims++) % queue.connections.size();
    const QByteArray token = QUuid::createUuid().toByteArray(QUuid::WithoutBraces) + ":0";
    queue.connections[turn].runScript(m_claim,
                                      {queue.key("wait"), queue.key("active"), queue.key("delayed"),
                                       queue.key("events"), queue.key("meta")},
                                      {queue.head(), QByteArray::number(n), nowMs(), token, "30000",
                                       "demo-" + QByteArray::number(turn + 1)});
}

void BullMqWorkload::finish(const Queue& queue) {
    m_producer.runScript(
        m_finish,
        {queue.key("active"), queue.key("completed"), queue.key("failed"), queue.key("delayed"),
         queue.key("events"), queue.key("metrics:completed"), queue.key("metrics:failed")},
        {queue.head(), nowMs(), QByteArray::number(queue.runMs), QByteArray::number(queue.failing),
         QByteArray::number(kAttempts), QByteArray::number(kBackoffMs), QByteArray::number(kKeepCompleted)});
}

void BullMqWorkload::step(double seconds) {
    for (auto& queue : m_queues) {
        if (!queue.stuck) finish(queue);
        if (const int n = queue.arrival.due(seconds)) add(queue, n, 0);
        if (const int n = queue.claims.due(seconds)) claim(queue, n);
    }
}

}  // namespace spillway
