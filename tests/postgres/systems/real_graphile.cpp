#include "tests/postgres/systems/real_graphile.h"

#include <QFile>
#include <QJsonDocument>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString inSource(const char* path) {
    return QStringLiteral(SPILLWAY_SOURCE_DIR) + u'/' + QString::fromUtf8(path);
}

}  // namespace

QString RealGraphile::missing() {
    if (QFile::exists(inSource("tests/npm/node_modules/.bin/node")) &&
        QFile::exists(inSource("tests/npm/node_modules/graphile018/package.json")))
        return {};
    return u"the real Graphile Worker is not installed: run npm ci in tests/npm"_s;
}

RealGraphile::RealGraphile(const PrivatePostgres& server, const QString& library, const QString& database,
                           const QString& schema) {
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_process.start(inSource("tests/npm/node_modules/.bin/node"),
                    {inSource("tests/postgres/systems/graphile_driver.mjs"), library,
                     server.socketDirectory(), database, schema});
    if (!m_process.waitForStarted(10'000)) m_error = m_process.errorString();
    request({{u"busy"_s, true}});  // answered when it is ready
}

RealGraphile::~RealGraphile() {
    m_process.closeWriteChannel();
    if (!m_process.waitForFinished(5'000)) m_process.kill();
    m_process.waitForFinished(5'000);
}

QJsonValue RealGraphile::request(const QJsonObject& request) {
    m_process.write(QJsonDocument(request).toJson(QJsonDocument::Compact) + '\n');
    while (!m_process.canReadLine())
        if (!m_process.waitForReadyRead(30'000)) {
            m_error = u"no answer from Graphile Worker"_s;
            return {};
        }
    const auto answer = QJsonDocument::fromJson(m_process.readLine()).object();
    if (!answer["ok"_L1].toBool()) m_error = answer["error"_L1].toString();
    return answer["result"_L1];
}

void RealGraphile::addJob(const QString& task, const QJsonObject& payload, const QJsonObject& spec) {
    request({{u"call"_s, u"addJob"_s}, {u"args"_s, QJsonArray{task, payload, spec}}});
}

void RealGraphile::work(const QJsonObject& tasks, int concurrency) {
    request({{u"work"_s, tasks}, {u"concurrency"_s, concurrency}});
}

qint64 RealGraphile::started() {
    return request({{u"busy"_s, true}}).toInteger(-1);
}

void RealGraphile::kill() {
    m_process.kill();
    m_process.waitForFinished(10'000);
}

}  // namespace spillway
