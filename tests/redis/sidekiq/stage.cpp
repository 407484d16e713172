#include "tests/redis/sidekiq/stage.h"

#include <QDebug>
#include <QStandardPaths>

namespace spillway {
using namespace Qt::StringLiterals;

SidekiqStage::~SidekiqStage() {
    killWorker();
}

bool SidekiqStage::start() {
    auto redis = PrivateRedis::start();
    if (!redis) {
        m_problem = redis.failure().sentence();
        return false;
    }
    m_redis = std::move(redis).value();
    return true;
}

bool SidekiqStage::startLibrary() {
    if (QStandardPaths::findExecutable(u"sidekiq"_s).isEmpty()) {
        m_problem = u"sidekiq is not installed: apt install ruby-sidekiq"_s;
        return false;
    }
    m_environment = QProcessEnvironment::systemEnvironment();
    m_environment.insert(u"SPILLWAY_REDIS"_s, u"unix://"_s + m_redis->socketPath());
    m_environment.insert(u"RUBYOPT"_s, u"-W0"_s);
    m_peer = std::make_unique<JsonPeer>();
    const QString script = QStringLiteral(SPILLWAY_SOURCE_DIR "/tests/redis/sidekiq/peer.rb");
    if (m_peer->start(u"ruby"_s, {script}, m_environment)) return true;
    m_problem = u"the client process does not start: "_s + m_peer->error();
    return false;
}

bool SidekiqStage::startWorker(const QString& queue, int concurrency) {
    const QString jobs = QStringLiteral(SPILLWAY_SOURCE_DIR "/tests/redis/sidekiq/jobs.rb");
    m_worker = std::make_unique<JsonPeer>();
    return m_worker->start(
        u"sidekiq"_s, {u"-r"_s, jobs, u"-c"_s, QString::number(concurrency), u"-q"_s, queue}, m_environment);
}

void SidekiqStage::killWorker() {
    if (m_worker) m_worker->kill();
}

QJsonObject SidekiqStage::ask(const QJsonObject& request) {
    const QJsonObject answer = m_peer->ask(request);
    if (!answer.value(u"ok"_s).toBool()) qWarning("%s", qPrintable(m_peer->error()));
    return answer;
}

void SidekiqStage::writeProcess(const QByteArray& identity, double beat, int busy, int concurrency,
                                const QByteArray& quiet) {
    command({"SADD", "queues", "default"});
    command({"SADD", "processes", identity});
    command({"HSET", identity, "info",
             R"({"hostname":"h","pid":7,"concurrency":)" + QByteArray::number(concurrency) +
                 R"(,"queues":["default"]})",
             "busy", QByteArray::number(busy), "concurrency", QByteArray::number(concurrency), "beat",
             QByteArray::number(beat, 'f', 3), "quiet", quiet});
}

void SidekiqStage::writeWork(const QByteArray& identity, const QByteArray& thread, const QByteArray& jid) {
    command({"HSET", identity + ":work", thread,
             R"({"queue":"default","run_at":1700000000,"payload":"{\"jid\":\")" + jid +
                 R"(\",\"class\":\"A\"}"})"});
}

}  // namespace spillway
