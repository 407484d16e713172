#include "tests/postgres/systems/real_pgboss.h"

#include <QFile>
#include <QJsonDocument>
#include <QtTest>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString inSource(const char* path) {
    return QStringLiteral(SPILLWAY_SOURCE_DIR) + u'/' + QString::fromUtf8(path);
}

}  // namespace

QString RealPgBoss::missing() {
    const QString node = inSource("tests/npm/node_modules/.bin/node");
    if (QFile::exists(node) && QFile::exists(inSource("tests/npm/node_modules/pgboss12/package.json")))
        return {};
    return u"the real pg-boss is not installed: run npm ci in tests/npm"_s;
}

RealPgBoss::RealPgBoss(const PrivatePostgres& server, const QString& library, const QString& schema,
                       const QString& database, const QJsonObject& options) {
    m_process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_process.start(
        inSource("tests/npm/node_modules/.bin/node"),
        {inSource("tests/postgres/systems/pgboss_driver.mjs"), library, server.socketDirectory(), database,
         schema, QString::fromUtf8(QJsonDocument(options).toJson(QJsonDocument::Compact))});
    if (!m_process.waitForStarted(10'000)) m_error = m_process.errorString();
    call(u"start"_s);
}

RealPgBoss::~RealPgBoss() {
    m_process.closeWriteChannel();
    if (!m_process.waitForFinished(10'000)) m_process.kill();
    m_process.waitForFinished(5'000);
}

QJsonValue RealPgBoss::request(const QJsonObject& request) {
    m_process.write(QJsonDocument(request).toJson(QJsonDocument::Compact) + '\n');
    while (!m_process.canReadLine())
        if (!m_process.waitForReadyRead(30'000)) {
            m_error = u"no answer from pg-boss"_s;
            return {};
        }
    const auto answer = QJsonDocument::fromJson(m_process.readLine()).object();
    if (!answer["ok"_L1].toBool()) m_error = answer["error"_L1].toString();
    return answer["result"_L1];
}

QJsonValue RealPgBoss::call(const QString& method, const QJsonArray& arguments) {
    return request({{u"call"_s, method}, {u"args"_s, arguments}});
}

void RealPgBoss::work(const QString& queue, bool fail, const QJsonObject& options) {
    request({{u"work"_s, queue}, {u"fail"_s, fail}, {u"options"_s, options}});
}

}  // namespace spillway
