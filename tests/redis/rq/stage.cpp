#include "tests/redis/rq/stage.h"

#include <signal.h>

#include <QFile>
#include <QProcess>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const QString kPython = u"/usr/bin/python3"_s;  // Debian's own, where its modules are
const QString kCommand = u"/usr/bin/rq"_s;

QProcessEnvironment environmentFor(const PrivateRedis& redis) {
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"SPILLWAY_REDIS"_s, u"unix://"_s + redis.socketPath());
    environment.insert(u"PYTHONPATH"_s, QStringLiteral(SPILLWAY_SOURCE_DIR "/tests/redis/rq"));
    environment.insert(u"PYTHONDONTWRITEBYTECODE"_s, u"1"_s);
    return environment;
}

bool libraryIsThere() {
    QProcess python;
    python.start(kPython, {u"-c"_s, u"import rq"_s});
    return python.waitForFinished(10'000) && python.exitStatus() == QProcess::NormalExit &&
           python.exitCode() == 0 && QFile::exists(kCommand);
}

}  // namespace

bool RqStage::startServer() {
    auto redis = PrivateRedis::start();
    if (redis.ok())
        m_redis = std::move(redis).value();
    else
        m_problem = redis.failure().sentence();
    return m_redis != nullptr;
}

bool RqStage::startLibrary() {
    static const bool there = libraryIsThere();
    if (!there) return false;
    m_peer = std::make_unique<JsonPeer>();
    return m_peer->start(kPython, {QStringLiteral(SPILLWAY_SOURCE_DIR "/tests/redis/rq/peer.py")},
                         environmentFor(*m_redis));
}

bool RqStage::startWorker(const QStringList& queues, int lease_s, const QStringList& more) {
    auto environment = environmentFor(*m_redis);
    environment.insert(u"SPILLWAY_LEASE"_s, QString::number(lease_s));
    m_worker = std::make_unique<JsonPeer>();
    const QStringList arguments{kCommand,
                                u"worker"_s,
                                u"--logging_level"_s,
                                u"CRITICAL"_s,
                                u"-w"_s,
                                u"rq_jobs.HastyWorker"_s,
                                u"-u"_s,
                                u"unix://"_s + m_redis->socketPath()};
    return m_worker->start(kPython, arguments + more + queues, environment);
}

void RqStage::stop() {
    if (m_worker) {
        for (const qint64 horse : childrenOf(m_worker->pid())) ::kill(static_cast<pid_t>(horse), SIGKILL);
        m_worker->kill();
    }
    m_worker.reset();
    m_peer.reset();
    m_redis.reset();
}

QJsonObject RqStage::ask(const QJsonObject& request) {
    const QJsonObject answer = m_peer->ask(request);
    if (!answer.value("ok"_L1).toBool()) qWarning("%s", qPrintable(m_peer->error()));
    return answer;
}

QJsonObject RqStage::counts(const QString& queue) {
    return ask({{"do"_L1, "counts"_L1}, {"queue"_L1, queue}});
}

void RqStage::fakeJob(const QByteArray& queue, const QByteArray& id) {
    command({"SADD", "rq:queues", "rq:queue:" + queue});
    command({"HSET", "rq:job:" + id, "status", "queued", "origin", queue, "description", "shop.send('x')",
             "enqueued_at", "2026-01-02T03:04:05.678901Z"});
}

qint64 number(const QJsonObject& answer, const QString& field) {
    return answer.value(field).toInteger(-1);
}

QList<qint64> childrenOf(qint64 pid) {
    QFile file(u"/proc/%1/task/%1/children"_s.arg(pid));
    QList<qint64> children;
    if (!file.open(QIODevice::ReadOnly)) return children;
    for (const QByteArray& each : file.readAll().split(' '))
        if (each.toLongLong() > 0) children << each.toLongLong();
    return children;
}

double nowSeconds() {
    return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1e3;
}

double secondsOf(ServerTime time) {
    return std::chrono::duration<double>(time.time_since_epoch()).count();
}

QByteArray scoreText(double value) {
    return QByteArray::number(value, 'f', 0);
}

}  // namespace spillway
