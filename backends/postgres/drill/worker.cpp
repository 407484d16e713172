#include "backends/postgres/drill/worker.h"

#include <thread>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {

constexpr unsigned kBool = 16, kInt8 = 20, kInt4 = 23;  // OIDs

QString nameOf(const PostgresClaim& claim) {
    return claim.drill.style == ClaimStyle::own ? visibleText(claim.drill.scriptFile)
                                                : claimStyleName(claim.drill.style);
}

Failure bad(const PostgresClaim& claim, const QString& what, const QString& next = {},
            const QString& said = {}) {
    return {FailureKind::usage, u"The claim in %1 %2."_s.arg(nameOf(claim), what), said, next};
}

Failure broken(const PostgresClaim& claim, const DrillReply& reply) {
    if (reply.message.contains("multiple commands"_L1))
        return bad(claim, u"has several statements in one step"_s,
                   u"Write one statement, or a check and an act with a line \"-- then\" between them."_s);
    if (reply.sqlstate == "57014"_L1)
        return bad(claim, u"took longer than 5 s"_s, u"Look at its plan; a claim takes milliseconds."_s);
    return bad(claim, u"failed"_s, u"Names without a schema mean the scratch schema, see the README."_s,
               reply.message);
}

Failure leftOpen(const PostgresClaim& claim) {
    return bad(claim, u"opens or ends a transaction by itself"_s,
               u"Leave BEGIN and COMMIT out; --isolation puts check and act into one transaction."_s);
}

// The job that the first step returned; nullopt: none.
Outcome<std::optional<qint64>> jobOf(const PostgresClaim& claim, const DrillReply& reply) {
    if (!reply.sqlstate.isEmpty()) return broken(claim, reply);
    if (reply.columns == 0) return bad(claim, u"returns no job"_s, u"Add RETURNING id."_s);
    if (reply.rows > 1)
        return bad(claim, u"returned %1 rows"_s.arg(reply.rows), u"A claim is one job: add LIMIT 1."_s);
    if (reply.columns > 1)
        return bad(claim, u"returned %1 columns"_s.arg(reply.columns),
                   u"Only the id of the job is wanted."_s);
    if (reply.rows == 0) return std::optional<qint64>();
    bool ok = false;
    const qint64 job = QByteArray::fromStdString(reply.value).toLongLong(&ok);
    if (!ok)
        return bad(claim, u"returned \"%1\""_s.arg(visibleText(QByteArray::fromStdString(reply.value), 40)),
                   u"The id of a job is a number."_s);
    return std::optional(job);
}

bool wouldTryAgain(const DrillReply& reply) {
    return reply.sqlstate == "40001"_L1 || reply.sqlstate == "40P01"_L1;
}

std::string isolationSql(ClaimIsolation isolation) {
    return "BEGIN ISOLATION LEVEL " +
           claimIsolationName(isolation).toUpper().replace(u'-', u' ').toStdString();
}

class PostgresDrillWorker final : public DrillWorker {
public:
    PostgresDrillWorker(std::unique_ptr<DrillSession> session, PostgresClaim claim, int number)
        : m_session(std::move(session)), m_claim(std::move(claim)), m_number(number) {}

    [[nodiscard]] Outcome<Done> prepare();
    [[nodiscard]] Outcome<ClaimAttempt> claim() override;
    [[nodiscard]] Outcome<Done> settle(bool finish) override;
    void interrupt() noexcept override {
        m_interrupted = true;
        m_session->interrupt();
    }
    DrillSession& session() { return *m_session; }

    [[nodiscard]] DrillStatement check() const { return {"check", {std::to_string(m_number)}}; }
    [[nodiscard]] DrillStatement act(qint64 job) const {
        return {"act", {std::to_string(m_number), std::to_string(job)}};
    }
    [[nodiscard]] bool twoSteps() const { return m_claim.steps.size() == 2; }

private:
    [[nodiscard]] bool inOne() const { return m_claim.drill.isolation != ClaimIsolation::each; }
    [[nodiscard]] DrillStatement record(bool finish) const;
    [[nodiscard]] Outcome<DrillReply> first();
    [[nodiscard]] Outcome<ClaimAttempt> actOn(qint64 job);
    [[nodiscard]] Outcome<ClaimAttempt> closed(ClaimAttempt attempt);
    [[nodiscard]] Outcome<ClaimAttempt> rolledBack();
    [[nodiscard]] Outcome<Done> recorded(const DrillReply& reply) const;
    void think() const;

    std::unique_ptr<DrillSession> m_session;
    PostgresClaim m_claim;
    int m_number;
    std::optional<qint64> m_unrecorded;
    std::atomic<bool> m_interrupted = false;
};

Outcome<Done> PostgresDrillWorker::prepare() {
    const auto scratch = m_claim.scratch;
    const auto ready =
        m_session->script("SET search_path = " + scratch +
                          "; SET statement_timeout = 5000; SET idle_in_transaction_session_timeout = 15000;"
                          " SET synchronous_commit = off; SET max_parallel_workers_per_gather = 0");
    if (!ready) return ready.failure();
    const bool kills = m_claim.drill.kill_workers > 0;
    const std::string plain =
        "INSERT INTO " + scratch + ".claims (worker, job, at) VALUES ($1, $2, clock_timestamp())";
    // The statement sees the lease as it was before it finishes the job.
    const std::string finishing =
        "WITH done AS (UPDATE " + scratch +
        ".jobs SET finished_at = clock_timestamp(), free_at = 'infinity' WHERE id = $2 AND $3) INSERT INTO " +
        scratch + ".claims SELECT $1, $2, clock_timestamp(), free_at FROM " + scratch + ".jobs WHERE id = $2";
    std::vector<unsigned> types{kInt4, kInt8};
    if (kills) types.push_back(kBool);
    const auto record = m_session->prepare("record", kills ? finishing : plain, types);
    if (!record) return record.failure();
    if (!record->sqlstate.isEmpty()) return broken(m_claim, *record);
    const auto begin = m_session->prepare(
        "begin", isolationSql(inOne() ? m_claim.drill.isolation : ClaimIsolation::read_committed), {});
    const auto commit = m_session->prepare("commit", "COMMIT", {});
    const auto rollback = m_session->prepare("rollback", "ROLLBACK", {});
    if (!begin || !commit || !rollback) return begin ? Failure{} : begin.failure();
    for (qsizetype i = 0; i < m_claim.steps.size(); ++i) {
        const auto step =
            m_session->prepare(i == 0 ? "check" : "act", m_claim.steps[i].toStdString(),
                               i == 0 ? std::vector<unsigned>{kInt4} : std::vector<unsigned>{kInt4, kInt8});
        if (!step) return step.failure();
        if (!step->sqlstate.isEmpty()) return broken(m_claim, *step);
    }
    return Done{};
}

DrillStatement PostgresDrillWorker::record(bool finish) const {
    DrillStatement statement{"record", {std::to_string(m_number), std::to_string(*m_unrecorded)}};
    if (m_claim.drill.kill_workers > 0) statement.parameters.push_back(finish ? "true" : "false");
    return statement;
}

Outcome<Done> PostgresDrillWorker::recorded(const DrillReply& reply) const {
    if (reply.sqlstate.isEmpty()) return Done{};
    return Failure{FailureKind::internal, u"A claim could not be recorded."_s, reply.message,
                   u"Has somebody removed the scratch schema?"_s};
}

Outcome<DrillReply> PostgresDrillWorker::first() {
    std::vector<DrillStatement> statements;
    if (m_unrecorded) statements.push_back(record(true));
    if (inOne()) statements.push_back({"begin", {}});
    statements.push_back(check());
    auto replies = m_session->run(statements);
    if (!replies) return replies.failure();
    if (m_unrecorded)
        if (const auto done = recorded(replies->front()); !done) return done.failure();
    m_unrecorded.reset();
    if (m_session->inTransaction() != inOne()) return leftOpen(m_claim);
    return replies->back();
}

Outcome<ClaimAttempt> PostgresDrillWorker::claim() {
    const auto reply = first();
    if (!reply) return reply.failure();
    if (wouldTryAgain(*reply)) return rolledBack();
    const auto job = jobOf(m_claim, *reply);
    if (!job) return job.failure();
    if (!*job) return closed({ClaimAttempt::What::nothing, 0});
    if (!twoSteps()) return closed({ClaimAttempt::What::claimed, **job});
    think();
    return actOn(**job);
}

Outcome<ClaimAttempt> PostgresDrillWorker::actOn(qint64 job) {
    const auto replies = m_session->run({act(job)});
    if (!replies) return replies.failure();
    const DrillReply& reply = replies->front();
    if (wouldTryAgain(reply)) return rolledBack();
    if (!reply.sqlstate.isEmpty()) return broken(m_claim, reply);
    if (m_session->inTransaction() != inOne()) return leftOpen(m_claim);
    return closed({reply.affected > 0 ? ClaimAttempt::What::claimed : ClaimAttempt::What::lost_race, job});
}

Outcome<ClaimAttempt> PostgresDrillWorker::closed(ClaimAttempt attempt) {
    if (inOne()) {
        const auto replies = m_session->run({{"commit", {}}});
        if (!replies) return replies.failure();
        if (wouldTryAgain(replies->front())) return ClaimAttempt{ClaimAttempt::What::aborted, 0};
        if (!replies->front().sqlstate.isEmpty()) return broken(m_claim, replies->front());
    }
    if (attempt.what == ClaimAttempt::What::claimed) m_unrecorded = attempt.job;
    return attempt;
}

Outcome<ClaimAttempt> PostgresDrillWorker::rolledBack() {
    if (m_session->inTransaction())
        if (const auto replies = m_session->run({{"rollback", {}}}); !replies) return replies.failure();
    return ClaimAttempt{ClaimAttempt::What::aborted, 0};
}

Outcome<Done> PostgresDrillWorker::settle(bool finish) {
    if (!m_unrecorded) return Done{};
    const auto replies = m_session->run({record(finish)});
    if (!replies) return replies.failure();
    m_unrecorded.reset();
    return recorded(replies->front());
}

void PostgresDrillWorker::think() const {
    for (auto left = m_claim.drill.pause; left > 0ms && !m_interrupted; left -= 50ms)
        std::this_thread::sleep_for(std::min(left, std::chrono::milliseconds{50}));
}

Outcome<std::unique_ptr<PostgresDrillWorker>> makeWorker(const ConnectionSettings& settings,
                                                         const PostgresClaim& claim, int number) {
    auto session = DrillSession::open(settings);
    if (!session) return session.failure();
    auto worker = std::make_unique<PostgresDrillWorker>(std::move(session).value(), claim, number);
    if (const auto ready = worker->prepare(); !ready) return ready.failure();
    return worker;
}

// What the transaction has locked outside of the scratch schema and the server's own catalogs.
Outcome<Done> staysInside(DrillSession& session, const PostgresClaim& claim) {
    const auto reply = session.query(
        "SELECT string_agg(DISTINCT c.oid::regclass::text, ', ') FROM pg_catalog.pg_locks l JOIN "
        "pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = "
        "c.relnamespace "
        "WHERE l.pid = pg_catalog.pg_backend_pid() AND l.database = (SELECT oid FROM pg_catalog.pg_database "
        "WHERE datname = pg_catalog.current_database()) AND n.oid <> '" +
        claim.scratch +
        "'::regnamespace AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')");
    if (!reply) return reply.failure();
    if (!reply->sqlstate.isEmpty()) return broken(claim, *reply);
    if (reply->value.empty()) return Done{};
    return bad(claim, u"touches %1"_s.arg(visibleText(QByteArray::fromStdString(reply->value))),
               u"A drill stays in its scratch schema: write \"jobs\" without a schema."_s);
}

// One step, first only planned: what it would touch is known before it runs.
Outcome<DrillReply> step(PostgresDrillWorker& worker, const PostgresClaim& claim,
                         const DrillStatement& statement, const std::string& parameters) {
    DrillSession& session = worker.session();
    const auto plan = session.query("EXPLAIN EXECUTE \"" + statement.name + "\"(" + parameters + ")");
    if (!plan) return plan.failure();
    if (!plan->sqlstate.isEmpty()) return broken(claim, *plan);
    if (const auto inside = staysInside(session, claim); !inside) return inside.failure();
    auto replies = session.run({statement});
    if (!replies) return replies.failure();
    const DrillReply reply = replies->front();
    const bool begins =
        QByteArray::fromStdString(reply.tag).startsWith("BEGIN") || reply.tag == "START TRANSACTION";
    if (begins || !session.inTransaction()) return leftOpen(claim);
    if (!reply.sqlstate.isEmpty()) return broken(claim, reply);
    if (const auto inside = staysInside(session, claim); !inside) return inside.failure();
    return reply;
}

}  // namespace

Outcome<std::unique_ptr<DrillWorker>> makePostgresDrillWorker(const ConnectionSettings& settings,
                                                              const PostgresClaim& claim, int number) {
    auto worker = makeWorker(settings, claim, number);
    if (!worker) return worker.failure();
    return std::unique_ptr<DrillWorker>(std::move(worker).value());
}

Outcome<Done> rehearsePostgresClaim(const ConnectionSettings& settings, const PostgresClaim& claim) {
    const auto made = makeWorker(settings, claim, 1);
    if (!made) return made.failure();
    PostgresDrillWorker& worker = **made;
    if (const auto begun = worker.session().script("BEGIN"); !begun) return begun.failure();
    const auto reply = step(worker, claim, worker.check(), "1");
    if (!reply) return reply.failure();
    const auto job = jobOf(claim, *reply);
    if (!job) return job.failure();
    if (!*job)
        return bad(claim, u"claimed nothing, although jobs are free"_s,
                   u"A job is free where free_at <= now(); claimed_by is null then."_s);
    if (!worker.twoSteps()) return Done{};
    const auto acted = step(worker, claim, worker.act(**job), "1, " + std::to_string(**job));
    if (!acted) return acted.failure();
    if (acted->affected == 1) return Done{};
    return bad(claim, u"changed %1 rows where it should take one job"_s.arg(acted->affected),
               u"The second step takes the job $2, and only that."_s);
}

}  // namespace spillway
