#include "backends/postgres/drill/claim_arena.h"

#include <QRandomGenerator>
#include <algorithm>
#include <thread>

#include "backends/drill/claim_steps.h"
#include "backends/postgres/drill/worker.h"
#include "backends/postgres/wire/connection.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {

constexpr auto kMark = "spillway drill scratch";
constexpr qint64 kForever_ms = qint64(365) * 24 * 3600 * 1000;
constexpr qint64 kJobsPerRead = 200'000;

// Schemas with our mark whose drill is gone: its session does not exist any more.
constexpr auto kLeftOvers =
    "SELECT n.nspname AS name FROM pg_namespace n, obj_description(n.oid, 'pg_namespace') c(mark) "
    "WHERE n.nspname LIKE 'spillway\\_drill\\_%' AND c.mark LIKE 'spillway drill scratch;%' AND "
    "pg_has_role(n.nspowner, 'USAGE') AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = "
    "substring(c.mark from 'session ([0-9]+)')::integer AND a.backend_start = substring(c.mark from 'since "
    "([^;]+);')::timestamptz AND a.backend_start > now() - interval '1 day')";

class PostgresClaimArena final : public ClaimArena {
public:
    PostgresClaimArena(ConnectionSettings settings, ClaimDrillSettings drill)
        : m_settings(std::move(settings)), m_connection(patient(m_settings)), m_drill(std::move(drill)) {}
    ~PostgresClaimArena() override { (void)close(); }

    [[nodiscard]] Outcome<ServerInfo> open() override;
    [[nodiscard]] ServerTime openedAt() const override { return m_openedAt; }
    [[nodiscard]] Outcome<Done> addJobs(qint64 first, qint64 last) override;
    [[nodiscard]] Outcome<Done> rehearse() override { return rehearsePostgresClaim(m_settings, m_claim); }
    [[nodiscard]] Outcome<std::unique_ptr<DrillWorker>> worker(int number) override {
        return makePostgresDrillWorker(m_settings, m_claim, number);
    }
    [[nodiscard]] Outcome<std::vector<ClaimRecord>> records() override;
    [[nodiscard]] QString close() override;

private:
    static ConnectionSettings patient(ConnectionSettings settings) {
        settings.connectDeadline = std::max<std::chrono::milliseconds>(settings.connectDeadline, 20s);
        return settings;
    }
    void removeLeftOvers();
    void create();
    void read(std::vector<ClaimRecord>& records, qint64 first, qint64 last);

    ConnectionSettings m_settings;
    PostgresConnection m_connection;  // its session is what shows others that the drill lives
    ClaimDrillSettings m_drill;
    PostgresClaim m_claim;
    ServerTime m_openedAt;
    qint64 m_jobs = 0;
    bool m_created = false;
};

template <typename Work>
auto tellingFailures(Work work) -> decltype(work()) {
    try {
        return work();
    } catch (const PostgresError& e) {
        return e.failure();
    }
}

Outcome<ServerInfo> PostgresClaimArena::open() {
    if (const auto refused = refusedInProduction(m_settings)) return *refused;
    const auto steps = claimSteps(m_drill, ServerKind::postgres);
    if (!steps) return steps.failure();
    const QString name =
        u"spillway_drill_%1"_s.arg(QRandomGenerator::system()->generate(), 8, 16, QChar(u'0'));
    m_claim = {u"\"%1\""_s.arg(name).toStdString(), *steps, m_drill};
    return tellingFailures([&]() -> Outcome<ServerInfo> {
        const ServerInfo server = m_connection.open();
        if (server.role == ServerRole::replica)
            return Failure{FailureKind::usage,
                           u"%1 is a replica, and a drill writes."_s.arg(server.address),
                           {},
                           u"Connect to the primary."_s};
        removeLeftOvers();
        try {
            create();
        } catch (const PostgresError& e) {
            return Failure{FailureKind::permission, u"The scratch schema of the drill could not be made."_s,
                           e.failure().serverSaid,
                           u"The role needs GRANT CREATE ON DATABASE %1."_s.arg(server.database)};
        }
        return server;
    });
}

void PostgresClaimArena::removeLeftOvers() {
    ReadTransaction transaction(m_connection, {5s, 10s});
    m_openedAt = transaction.moment().now;
    const auto rows = transaction.query(kLeftOvers, {}, u"scratch schemas of former drills"_s);
    transaction.commit();
    for (size_t i = 0; i < rows.size(); ++i) try {
            m_connection.runScript(
                "DROP SCHEMA IF EXISTS \"" + rows.at(i).text("name").toStdString() + "\" CASCADE",
                u"a former drill's scratch schema"_s);
        } catch (const PostgresError&) {  // somebody else is about to remove it, or holds a lock on it
        }
}

void PostgresClaimArena::create() {
    const auto scratch = QString::fromStdString(m_claim.scratch);
    const qint64 lease_ms = m_drill.kill_workers > 0 ? m_drill.lease.count() : kForever_ms;
    QString schema = drillResource(u"postgres/schema.sql"_s);
    schema.replace(u"{scratch}"_s, scratch).replace(u"{lease}"_s, QString::number(lease_ms));
    const QString mark =
        u"DO $mark$ BEGIN EXECUTE format('COMMENT ON SCHEMA %1 IS %L', (SELECT format('%2; session %s since "
        u"%s; "
        "created %s; may be dropped', pid, backend_start, now()) FROM pg_stat_activity WHERE pid = "
        "pg_backend_pid())); END $mark$;"_s.arg(scratch, QString::fromLatin1(kMark));
    m_connection.runScript(
        (u"SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; CREATE SCHEMA %1; "_s.arg(scratch) +
         mark + schema)
            .toStdString(),
        u"the scratch schema"_s);
    m_created = true;
}

Outcome<Done> PostgresClaimArena::addJobs(qint64 first, qint64 last) {
    return tellingFailures([&]() -> Outcome<Done> {
        const std::string analyse = m_jobs == 0 ? "; ANALYZE " + m_claim.scratch + ".jobs" : "";
        m_connection.runScript("INSERT INTO " + m_claim.scratch + ".jobs (id) SELECT generate_series(" +
                                   std::to_string(first) + ", " + std::to_string(last) + ")" + analyse,
                               u"the jobs of the drill"_s);
        m_jobs = last;
        return Done{};
    });
}

void PostgresClaimArena::read(std::vector<ClaimRecord>& records, qint64 first, qint64 last) {
    ReadTransaction transaction(m_connection, {20s, 30s});
    const auto rows = transaction.query(
        "SELECT job, worker, (extract(epoch FROM at) * 1000000)::bigint AS at, CASE WHEN "
        "isfinite(free_at) THEN (extract(epoch FROM free_at) * 1000000)::bigint END AS lease FROM " +
            m_claim.scratch + ".claims WHERE job BETWEEN " + std::to_string(first) + " AND " +
            std::to_string(last),
        {}, u"the recorded claims"_s);
    transaction.commit();
    for (size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows.at(i);
        ClaimRecord record{row.integer("job").value_or(0),
                           static_cast<int>(row.integer("worker").value_or(0)),
                           serverTimeFromMicros(row.integer("at").value_or(0)),
                           {}};
        if (const auto lease = row.integer("lease")) record.lease_until = serverTimeFromMicros(*lease);
        records.push_back(record);
    }
}

Outcome<std::vector<ClaimRecord>> PostgresClaimArena::records() {
    return tellingFailures([&]() -> Outcome<std::vector<ClaimRecord>> {
        std::vector<ClaimRecord> all;
        if (!m_connection.isOpen()) m_connection.open();
        for (qint64 first = 1; first <= m_jobs; first += kJobsPerRead)
            read(all, first, std::min(m_jobs, first + kJobsPerRead - 1));
        return all;
    });
}

QString PostgresClaimArena::close() {
    if (!m_created) return {};
    Failure last;
    for (int attempt = 0; attempt < 5; ++attempt) try {
            if (attempt > 0) {  // a worker that was cut off may hold its locks for a moment
                std::this_thread::sleep_for(200ms);
                m_connection.open();
            }
            m_connection.runScript("DROP SCHEMA IF EXISTS " + m_claim.scratch + " CASCADE",
                                   u"the scratch schema"_s);
            m_created = false;
            m_connection.close();
            return {};
        } catch (const PostgresError& e) {
            last = e.failure();
        }
    m_created = false;
    m_connection.close();
    return u"The scratch schema %1 is still there: %2 The next drill removes it."_s.arg(
        QString::fromStdString(m_claim.scratch), last.sentence());
}

}  // namespace

std::unique_ptr<ClaimArena> makePostgresClaimArena(const ConnectionSettings& settings,
                                                   const ClaimDrillSettings& drill) {
    return std::make_unique<PostgresClaimArena>(settings, drill);
}

}  // namespace spillway
