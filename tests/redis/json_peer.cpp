#include "tests/redis/json_peer.h"

#include <QDeadlineTimer>
#include <QFileInfo>
#include <QJsonDocument>

namespace spillway {
using namespace Qt::StringLiterals;

JsonPeer::~JsonPeer() {
    m_process.closeWriteChannel();
    if (m_process.state() != QProcess::NotRunning && !m_process.waitForFinished(5000)) kill();
}

void JsonPeer::kill() {
    m_process.kill();
    m_process.waitForFinished(5000);
}

bool JsonPeer::start(const QString& program, const QStringList& arguments,
                     const QProcessEnvironment& environment) {
    m_process.setProcessEnvironment(environment);
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_process.start(program, arguments);
    return m_process.waitForStarted(10'000);
}

QJsonObject JsonPeer::ask(const QJsonObject& request) {
    m_process.write(QJsonDocument(request).toJson(QJsonDocument::Compact) + '\n');
    const QDeadlineTimer deadline(20'000);
    while (!m_process.canReadLine() && !deadline.hasExpired() && m_process.state() == QProcess::Running)
        m_process.waitForReadyRead(100);
    const QByteArray line = m_process.readLine();
    const QJsonObject answer = QJsonDocument::fromJson(line).object();
    m_error = answer.isEmpty() ? u"no answer: %1 %2"_s.arg(m_process.errorString(), QString::fromUtf8(line))
                               : answer.value(u"error"_s).toString();
    return answer;
}

QString nodeModules() {
    const QString own = qEnvironmentVariable("SPILLWAY_NODE_MODULES");
    const QString path = own.isEmpty() ? QStringLiteral(SPILLWAY_SOURCE_DIR "/tests/npm/node_modules") : own;
    return QFileInfo::exists(path + u"/bullmq5/package.json"_s) ? path : QString();
}

}  // namespace spillway
