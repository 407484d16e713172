#include "app/demo/demo.h"

#include <spdlog/spdlog.h>
#include <QCoreApplication>
#include <QFile>

#include "app/demo/bullmq_workload.h"
#include "app/demo/jobs_table_workload.h"
#include "app/demo/payments_workload.h"
#include "app/demo/pgboss_workload.h"
#include "app/demo/sidekiq_staging.h"
#include "app/demo/sidekiq_workload.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

Failure demoFailure(const QString& what, const QString& said) {
    return {FailureKind::internal, what, said, u"Try again; if it stays, report it with this message."_s};
}

// The write-ahead log stays small: a demo that runs for hours shall not fill the disk of /tmp.
PrivatePostgres::Options postgresOptions() {
    PrivatePostgres::Options options;
    options.settings = {u"wal_level=minimal"_s, u"max_wal_senders=0"_s, u"max_wal_size=96MB"_s,
                        u"min_wal_size=32MB"_s, u"autovacuum_naptime=20s"_s};
    return options;
}

}  // namespace

Outcome<std::unique_ptr<Demo>> Demo::start(bool stillBroken, const std::function<bool()>& stopRequested) {
    std::unique_ptr<Demo> demo(new Demo);
    demo->m_stillBroken = stillBroken;
    for (const auto step : {&Demo::startServers, &Demo::writeMappings, &Demo::startWorkloads}) {
        if (const auto done = (demo.get()->*step)(); !done) return done.failure();
        if (stopRequested())
            return Failure{FailureKind::cancelled, u"The demo was stopped while it started."_s, {}, {}};
    }
    demo->m_endpoints.pid = QCoreApplication::applicationPid();
    return demo;
}

Demo::~Demo() {
    m_threads.clear();
}

Outcome<Done> Demo::startServers() {
    auto postgres = PrivatePostgres::start(postgresOptions());
    if (!postgres) return postgres.failure();
    m_postgres = std::move(postgres).value();
    auto redis = PrivateRedis::start();
    if (!redis) return redis.failure();
    m_redis = std::move(redis).value();
    auto staging = PrivateRedis::start();
    if (!staging) return staging.failure();
    m_staging = std::move(staging).value();
    m_endpoints.postgresUrl = m_postgres->url();
    m_endpoints.redisUrl = m_redis->url();
    m_endpoints.stagingUrl = m_staging->url();
    return Done{};
}

Outcome<Done> Demo::writeMappings() {
    auto directory = ServerDirectory::create(u"demo"_s, {});
    if (!directory) return directory.failure();
    m_directory = std::move(directory).value();
    m_endpoints.directory = m_directory->path();
    m_endpoints.historyFile = m_directory->path() + u"/history.sqlite"_s;
    m_endpoints.invariants = {PaymentsWorkload::chargedOnce()};
    for (const auto& [name, content] : {std::pair{u"/jobs.toml"_s, JobsTableWorkload::mapping()},
                                        std::pair{u"/payments.toml"_s, PaymentsWorkload::mapping()}}) {
        QFile file(m_directory->path() + name);
        if (!file.open(QIODevice::WriteOnly) || file.write(content) <= 0)
            return demoFailure(u"%1 cannot be written."_s.arg(file.fileName()), file.errorString());
        m_endpoints.mappingFiles << file.fileName();
    }
    return Done{};
}

Outcome<Done> Demo::startWorkloads() {
    try {
        play(std::make_unique<PgBossWorkload>(m_postgres->url(), m_stillBroken));
        play(std::make_unique<JobsTableWorkload>(m_postgres->url()));
        playPayments();
        play(std::make_unique<BullMqWorkload>(m_redis->socketPath()));
        play(std::make_unique<SidekiqWorkload>(m_redis->socketPath(), m_stillBroken));
        play(std::make_unique<SidekiqStaging>(m_staging->socketPath()));
    } catch (const std::exception& error) {
        return demoFailure(u"The demo's workloads could not be prepared."_s, QString::fromUtf8(error.what()));
    }
    return Done{};
}

void Demo::playPayments() {
    using Kind = PaymentWorker::Kind;
    const QString url = m_postgres->url();
    play(std::make_unique<PaymentsWorkload>(url, m_endpoints.mappingFiles.last()));
    for (int i = 1; i <= 4; ++i) play(std::make_unique<PaymentWorker>(url, Kind::payments, i, m_deployed));
    for (int i = 1; i <= 2; ++i) play(std::make_unique<PaymentWorker>(url, Kind::refunds, i, m_deployed));
}

void Demo::play(std::unique_ptr<Workload> workload) {
    workload->prepare();
    const auto queues = workload->queues();
    m_endpoints.queues.insert(m_endpoints.queues.end(), queues.begin(), queues.end());
    m_threads.push_back(std::make_unique<WorkloadThread>(std::move(workload), [this](const QString& said) {
        if (!m_broken.exchange(true)) spdlog::error("demo: {}", said.toStdString());
    }));
}

}  // namespace spillway
