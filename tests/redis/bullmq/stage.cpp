#include "tests/redis/bullmq/stage.h"

#include <QDebug>
#include <QTest>

namespace spillway {
using namespace Qt::StringLiterals;

bool BullmqStage::start(const QString& library) {
    m_library = library;
    auto redis = PrivateRedis::start();
    if (!redis) {
        m_problem = redis.failure().sentence();
        return false;
    }
    m_redis = std::move(redis).value();
    return addPeer() != nullptr;
}

JsonPeer* BullmqStage::addPeer() {
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"SPILLWAY_NODE_MODULES"_s, nodeModules());
    auto peer = std::make_unique<JsonPeer>();
    const QString script = QStringLiteral(SPILLWAY_SOURCE_DIR "/tests/redis/bullmq/peer.mjs");
    if (!peer->start(u"node"_s, {script, m_library, m_redis->socketPath()}, environment)) {
        m_problem = u"node does not start"_s;
        return nullptr;
    }
    m_peers.push_back(std::move(peer));
    return m_peers.back().get();
}

QJsonObject BullmqStage::ask(JsonPeer& peer, const QJsonObject& request) {
    const QJsonObject answer = peer.ask(request);
    if (!answer.value(u"ok"_s).toBool()) qWarning("%s", qPrintable(peer.error()));
    return answer;
}

qint64 BullmqStage::count(const QString& queue, const QString& state) {
    return ask({{u"do"_s, u"counts"_s}, {u"queue"_s, queue}}).value(state).toInteger(-1);
}

void bullmqLibraries() {
    QTest::addColumn<QString>("library");
    QTest::newRow("BullMQ 5") << u"bullmq5"_s;
    QTest::newRow("BullMQ 6") << u"bullmq6"_s;
}

}  // namespace spillway
