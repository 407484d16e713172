#include "app/demo/payments_workload.h"

#include <QRandomGenerator>
#include <thread>

#include "backends/postgres/claims/log.h"

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::milliseconds;
namespace {

constexpr int kReady = 500;
// A claim in two steps collides when another worker picks the same of these within the time to think.
constexpr int kAmong = 400;
constexpr milliseconds kThink{4};

}  // namespace

std::vector<DemoQueue> PaymentsWorkload::queues() const {
    return {{u"postgres"_s, u"mapped:payments"_s, u"payments"_s,
             u"since the deploy claimed in two steps: about 1 in 1 000 twice, and charged twice"_s},
            {u"postgres"_s, u"mapped:payments"_s, u"refunds"_s,
             u"the same table, claimed by one atomic UPDATE … RETURNING: none twice"_s}};
}

QByteArray PaymentsWorkload::mapping() {
    return scenario(u"payments/payments.toml"_s).toUtf8();
}

Invariant PaymentsWorkload::chargedOnce() {
    return {.name = u"captured payments equal charges"_s,
            .sql = scenario(u"payments/charged_once.sql"_s).simplified(),
            .every = std::chrono::seconds{2},
            .queue = u"payments"_s};
}

void PaymentsWorkload::prepare() {
    m_session.run(scenario(u"payments/schema.sql"_s));
    step(0);
    auto settings = connectionFromUrl(m_url);
    if (!settings) throw std::runtime_error(settings.failure().sentence().toStdString());
    ConnectionSettings own = *settings;
    own.environment = Environment::development;
    own.mappingFiles << m_mappingFile;
    if (const auto done = installClaimLog(own, u"mapped:payments"_s); !done)
        throw std::runtime_error(done.failure().sentence().toStdString());
    m_session.run(u"ANALYZE public.payments, public.charges;"_s);
}

void PaymentsWorkload::step(double seconds) {
    QString sql = scenario(u"payments/produce.sql"_s, {{u"ready"_s, QString::number(kReady)}});
    if (m_archive.due(seconds)) sql += scenario(u"payments/archive.sql"_s);
    m_session.run(sql);
}

PaymentWorker::PaymentWorker(const QString& url, Kind kind, int number, const std::atomic<bool>& deployed)
    : m_session(url), m_kind(kind == Kind::payments ? u"payments"_s : u"refunds"_s),
      m_name(u"%1-%2"_s.arg(m_kind).arg(number)), m_deployed(deployed) {}

milliseconds PaymentWorker::pause() {
    return milliseconds{QRandomGenerator::global()->bounded(20, 46)};
}

QString PaymentWorker::sql(const QString& file, qint64 id) const {
    return scenario(u"payments/"_s + file, {{u"kind"_s, m_kind},
                                            {u"worker"_s, m_name},
                                            {u"among"_s, QString::number(kAmong)},
                                            {u"id"_s, QString::number(id)}});
}

// What the old worker held, it never finishes.
void PaymentWorker::restartIfDeployed() {
    if (m_broken || m_kind != u"payments"_s || !m_deployed) return;
    m_broken = true;
    m_name += u"@4f2c"_s;
    m_held.reset();
}

std::optional<qint64> PaymentWorker::claimInTwoSteps() {
    const auto id = m_session.number(sql(u"check.sql"_s));
    if (!id) return std::nullopt;
    std::this_thread::sleep_for(kThink);  // it looks up the customer's account
    m_session.run(sql(u"act.sql"_s, *id));
    return id;
}

void PaymentWorker::step(double) {
    restartIfDeployed();
    if (m_held) m_session.run(sql(u"finish.sql"_s, *m_held));
    m_held = m_broken ? claimInTwoSteps() : m_session.number(sql(u"claim.sql"_s));
}

}  // namespace spillway
