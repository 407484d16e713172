#include "app/demo/sidekiq_staging.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <stdexcept>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const QByteArray kProcess = "staging-host:4242:0a1b2c3d4e5f";

double stagingNow() {
    return static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000;
}

QByteArray stagingJson(const QJsonObject& object) {
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

}  // namespace

void SidekiqStaging::prepare() {
    m_session.emplace(m_socketPath);
    m_session->run({"SADD", "queues", "default", "mailers"});
    m_session->run({"MSET", "stat:processed", QByteArray::number(m_processed), "stat:failed", "0"});
    beat();
}

void SidekiqStaging::beat() {
    const QJsonObject info{{u"hostname"_s, u"staging-host"_s},
                           {u"started_at"_s, stagingNow() - 60},
                           {u"pid"_s, 4242},
                           {u"tag"_s, u"shop"_s},
                           {u"concurrency"_s, 1},
                           {u"queues"_s, QJsonArray{u"default"_s, u"mailers"_s}},
                           {u"labels"_s, QJsonArray{}},
                           {u"identity"_s, QString::fromUtf8(kProcess)},
                           {u"version"_s, u"7.3.9"_s}};
    m_session->run({"SADD", "processes", kProcess});
    m_session->run({"HSET", kProcess, "info", stagingJson(info), "concurrency", "1", "busy", "0", "beat",
                    QByteArray::number(stagingNow(), 'f', 6), "quiet", "false", "rss", "90000", "rtt_us",
                    "300"});
    m_session->run({"EXPIRE", kProcess, "60"});
}

void SidekiqStaging::step(double seconds) {
    const bool beats = m_beat.due(seconds), works = m_job.due(seconds);
    if (!beats && !works) return;
    try {
        if (!m_session) prepare();
        if (beats) beat();
        if (works) work();
    } catch (const std::runtime_error&) {
        m_session.reset();
    }
}

// One job a second, done by the next.
void SidekiqStaging::work() {
    if (!m_session->text({"RPOP", "queue:default"}).isNull())
        m_session->run({"SET", "stat:processed", QByteArray::number(++m_processed)});
    const QJsonObject job{
        {u"class"_s, u"SearchIndexJob"_s},
        {u"queue"_s, u"default"_s},
        {u"retry"_s, 25},
        {u"jid"_s, QString::number(0x57a9'0000'0000LL + ++m_number, 16).rightJustified(24, u'0')},
        {u"args"_s, QJsonArray{m_number}},
        {u"created_at"_s, stagingNow()},
        {u"enqueued_at"_s, stagingNow()}};
    m_session->run({"LPUSH", "queue:default", stagingJson(job)});
}

}  // namespace spillway
