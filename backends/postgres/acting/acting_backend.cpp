#include "backends/postgres/acting/acting_backend.h"

#include <QCryptographicHash>
#include <QUuid>
#include <QtEndian>
#include <iterator>

#include "backends/domain/human_text.h"
#include "backends/health/error_signature.h"
#include "backends/postgres/acting/acting_plan.h"
#include "backends/postgres/acting/acting_trust.h"
#include "backends/postgres/engine/detection.h"
#include "backends/postgres/engine/display_name.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {

constexpr TransactionLimits kReadLimits{5s, 10s};
constexpr TransactionLimits kPlanLimits{30s, 60s};
constexpr TransactionLimits kWriteLimits{5s, 10s};
constexpr auto kLockWait = 2s;
constexpr auto kUniqueViolation = "23505";

qint64 lockKey(const ActionPlan& plan) {
    const auto hash =
        QCryptographicHash::hash((plan.system + u'\n' + plan.queue).toUtf8(), QCryptographicHash::Sha256);
    return qFromBigEndian<qint64>(hash.constData());
}

RowOutcome outcomeFrom(const QString& name) {
    return rowOutcomeFromName(name).value_or(RowOutcome::unknown);
}

JobEnd endFrom(const QString& name) {
    if (name == "running"_L1) return JobEnd::running;
    if (name == "completed"_L1) return JobEnd::completed;
    if (name == "died"_L1) return JobEnd::died;
    return name == "waiting"_L1 ? JobEnd::waiting : JobEnd::vanished;
}

class PostgresActing final : public ActingBackend {
public:
    explicit PostgresActing(const ConnectionSettings& settings) : m_connection(settings) {}

    Outcome<std::vector<DetectedSystem>> open() override {
        return guarded([this]() -> Outcome<std::vector<DetectedSystem>> {
            connect();
            std::vector<DetectedSystem> detected;
            for (const auto& system : m_systems) detected.push_back(system.detected());
            return detected;
        });
    }
    Outcome<PlannedAction> plan(const ActionRequest& request) override {
        return guarded([&]() -> Outcome<PlannedAction> { return makePlan(request); });
    }
    Outcome<ActingFacts> facts(const ActionPlan& plan) override {
        return guarded([&]() -> Outcome<ActingFacts> { return readFacts(plan); });
    }
    Outcome<ActionLock> lock(const ActionPlan& plan, const QString&) override {
        return guarded([&]() -> Outcome<ActionLock> { return takeLock(plan); });
    }
    // An advisory lock belongs to the session: closing it is what lets go.
    void unlock() noexcept override {
        m_lock.reset();
        m_connection.close();
    }
    Outcome<Applied> apply(const ActionPlan& plan, size_t first, int count) override {
        return guarded([&]() -> Outcome<Applied> { return applyBatch(plan, first, count); });
    }
    Outcome<std::vector<JobEnding>> endings(const ActionPlan& plan,
                                            const std::vector<RowResult>& results) override {
        return guarded([&]() -> Outcome<std::vector<JobEnding>> { return readEndings(plan, results); });
    }
    Outcome<std::vector<RowResult>> readBack(const ActionPlan& plan, size_t first, int count) override {
        return guarded([&]() -> Outcome<std::vector<RowResult>> { return readRowsBack(plan, first, count); });
    }
    Outcome<PlannedAction> undoPlan(const ActionPlan&, const std::vector<RowResult>&) override {
        return Failure{FailureKind::usage,
                       u"What was put back into PostgreSQL cannot be taken back yet."_s,
                       {},
                       u"Cancel the jobs with the queue system's own tool."_s};
    }
    void interrupt() noexcept override { m_connection.interrupt(); }

private:
    template <typename Work>
    auto guarded(Work work) -> decltype(work()) {
        try {
            return work();
        } catch (const PostgresError& e) {
            m_lock.reset();
            m_connection.close();
            return e.failure();
        } catch (const std::exception& e) {
            return Failure{FailureKind::internal, u"Acting on PostgreSQL failed in an unexpected way."_s,
                           withoutSecrets(QString::fromUtf8(e.what())), u"Please report this."_s};
        }
    }

    void connect() {
        m_lock.reset();
        static_cast<void>(m_connection.open());
        auto definitions = builtInSystems();
        if (!definitions) throw PostgresError(definitions.failure());
        ReadTransaction transaction(m_connection, kReadLimits);
        auto systems = detectSystems(transaction, *definitions, m_connection.settings());
        auto mapped = detectMappedTables(transaction, m_connection.settings());
        if (!mapped) throw PostgresError(mapped.failure());
        std::move(mapped.value().begin(), mapped.value().end(), std::back_inserter(systems));
        m_serverId = readServerId(asking(transaction));
        // What the engine knows of queues is read once; an action names its queue.
        for (auto& system : systems) static_cast<void>(system.queues(transaction));
        transaction.commit();
        m_systems = std::move(systems);
    }
    void beConnected() {
        if (!m_connection.isOpen()) connect();
    }

    template <typename Transaction>
    static AskCatalog asking(Transaction& transaction) {
        return [&transaction](const std::string& sql, const std::vector<std::string>& parameters) {
            return transaction.query(sql, parameters, u"the catalog"_s);
        };
    }

    PostgresSystem& system(const QString& key) {
        for (auto& found : m_systems)
            if (found.identity().key() == key) return found;
        throw PostgresError({FailureKind::no_system,
                             u"There is no queue system %1 in this database."_s.arg(visibleText(key, 80)),
                             {},
                             u"\"spillwayctl detect\" lists those that were found."_s});
    }
    static const Question& question(const PostgresSystem& system, const QString& name,
                                    const QString& action) {
        const auto named = system.plan().named(name);
        if (!named.empty()) return *named.front();
        QString why = system.plan().capabilities.why(action);
        if (why.isEmpty()) why = u"It is not built for this system yet; use its own tool."_s;
        throw PostgresError(
            {FailureKind::usage, u"%1 cannot %2 here."_s.arg(system.definition().title, action), {}, why});
    }
    static PollValues valuesFor(PostgresSystem& system, const QString& queue, ServerTime now) {
        auto values = system.values();
        values.now = now;
        values.queueName = queue.toStdString();
        return values;
    }
    static void putJobs(PollValues& values, const ActionPlan& plan, size_t first, size_t count) {
        std::vector<std::string> ids, versions;
        for (size_t i = first; i < std::min(first + count, plan.jobs.size()); ++i) {
            ids.push_back(plan.jobs[i].id.toStdString());
            versions.push_back(plan.jobs[i].version.toStdString());
        }
        values.jobIds = toArrayLiteral(ids);
        values.jobVersions = toArrayLiteral(versions);
    }
    static Rows ask(ReadTransaction& transaction, const Question& question, const PollValues& values) {
        const auto statement = statementAlone(question, values);
        return transaction.query(statement.sql, statement.parameters, question.name);
    }

    PlannedAction makePlan(const ActionRequest& request) {
        beConnected();
        auto& target = system(request.filter.system);
        const QString action = actionKindName(request.action);
        const auto& script = question(target, action + u"_apply"_s, action);
        const auto& reading = question(target, action + u"_plan"_s, action);
        ReadTransaction transaction(m_connection, kPlanLimits);
        const QString queue = request.filter.queues.value(0);
        bool known = false;
        for (const auto& listed : target.queues(transaction))
            known = known || displayName(listed.name) == queue;
        transaction.useIndexesOnly(false);
        if (!known)
            throw PostgresError(
                {FailureKind::usage,
                 u"There is no queue %1 in %2."_s.arg(visibleText(queue, 80), target.definition().title),
                 {},
                 u"\"spillwayctl status\" lists the queues."_s});
        const auto values = valuesFor(target, queue, transaction.moment().now);
        auto found = readMatching(transaction, reading, values, request);
        const auto trust = readTrust(asking(transaction), target, script.sql);
        transaction.commit();
        PlannedAction planned;
        auto& plan = planned.plan;
        plan.id = QUuid::createUuid().toString(QUuid::WithoutBraces);
        plan.action = request.action;
        plan.connection = m_connection.settings().name;
        plan.environment = m_connection.settings().environment;
        plan.server_id = m_serverId;
        plan.pins = trust.pins;
        plan.system = request.filter.system;
        plan.queue = queue;
        plan.made_at = transaction.moment().now;
        plan.jobs = std::move(found.jobs);
        plan.matched = found.matched;
        plan.rate = request.rate;
        plan.canary = request.canary;
        plan.halt_above = request.halt_above;
        say(planned, trust, found.weak, request, target);
        return planned;
    }

    static void say(PlannedAction& planned, const Trust& trust, qint64 weak, const ActionRequest& request,
                    const PostgresSystem& target) {
        const auto& plan = planned.plan;
        const auto jobs = static_cast<qint64>(plan.jobs.size());
        for (const auto& code : trust.foreignCode)
            (request.accept_foreign_code ? planned.warnings : planned.refusals)
                << u"The %1 is not the queue system's own and would run with your rights."_s.arg(
                       visibleText(code, 200));
        if (plan.matched > jobs)
            planned.warnings << u"%1 jobs match; the oldest %2 are planned. Make another plan for the rest."_s
                                    .arg(exactCountText(plan.matched), exactCountText(jobs));
        if (const auto conflicts = conflictsOf(plan); conflicts > 0)
            planned.warnings << u"For %1 jobs an equal one is alive: the server will refuse them."_s.arg(
                exactCountText(conflicts));
        if (weak > 0)
            planned.warnings << u"For %1 leases age is the only evidence."_s.arg(exactCountText(weak));
        if (plan.action == ActionKind::release) planned.warnings << target.definition().lease.fencing;
        planned.warnings << u"Jobs may run twice: every replay and release is at least once."_s;
    }

    ActingFacts readFacts(const ActionPlan& plan) {
        beConnected();
        auto& target = system(plan.system);
        ReadTransaction transaction(m_connection, kReadLimits);
        ActingFacts facts;
        facts.now = transaction.moment().now;
        facts.server_id = m_serverId;
        facts.writable = transaction.moment().role == ServerRole::primary;
        auto values = valuesFor(target, plan.queue, facts.now);
        const auto rows =
            ask(transaction, question(target, u"acting_facts"_s, actionKindName(plan.action)), values);
        facts.paused = rows.at(0).boolean("paused");
        facts.live_worker = rows.at(0).boolean("live_worker");
        facts.ready = rows.at(0).integer("ready");
        if (plan.action == ActionKind::release) facts.weak_leases = weakOf(transaction, target, plan, values);
        transaction.commit();
        return facts;
    }

    // Only asked before the first batch of a release: what is released does not become stronger.
    qint64 weakOf(ReadTransaction& transaction, PostgresSystem& target, const ActionPlan& plan,
                  PollValues& values) {
        putJobs(values, plan, 0, plan.jobs.size());
        auto statement = statementAlone(question(target, u"release_plan"_s, u"release"_s), values);
        statement.parameters.push_back(values.jobIds);
        const auto rows = transaction.query("SELECT count(*) AS n FROM (" + statement.sql +
                                                ") p WHERE p.weak AND p.id = ANY ($" +
                                                std::to_string(statement.parameters.size()) + "::text[])",
                                            statement.parameters, u"the evidence of leases"_s);
        return rows.at(0).integer("n").value_or(0);
    }

    ActionLock takeLock(const ActionPlan& plan) {
        beConnected();
        const auto key = lockKey(plan);
        if (m_lock == key) return {};
        ReadTransaction transaction(m_connection, kReadLimits);
        const auto got = transaction.query("SELECT pg_try_advisory_lock($1::bigint) AS got",
                                           {std::to_string(key)}, u"the lock of the queue"_s);
        if (got.at(0).flag("got")) {
            transaction.commit();
            m_lock = key;
            return {};
        }
        const auto rows = transaction.query(
            "SELECT format('of %s (session %s)', a.usename, l.pid) AS holder FROM pg_locks l"
            " JOIN pg_stat_activity a ON a.pid = l.pid"
            " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
            "   AND ((l.classid::bigint << 32) | l.objid::bigint) = $1::bigint LIMIT 1",
            {std::to_string(key)}, u"who holds the queue"_s);
        transaction.commit();
        return {rows.size() > 0 ? rows.at(0).text("holder") : u"of another console"_s};
    }

    // What the plan rests on, seen by the transaction that acts. Empty: all as planned.
    QString whatDiffers(WriteTransaction& transaction, const PostgresSystem& target, const ActionPlan& plan,
                        const Question& script) {
        if (m_serverId != plan.server_id) return u"this is another server"_s;
        const auto held = transaction.query(
            "SELECT EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND "
            "l.objsubid = 1"
            " AND l.pid = pg_backend_pid() AND ((l.classid::bigint << 32) | l.objid::bigint) = $1::bigint) "
            "AS held",
            {std::to_string(lockKey(plan))}, u"the lock of the queue"_s);
        if (!held.at(0).flag("held"))
            return u"the lock on the queue is gone (a pooler in between? connect to the server itself)"_s;
        if (readTrust(asking(transaction), target, script.sql).pins != plan.pins)
            return u"its tables, their owner, their triggers or the script are not those of the plan"_s;
        return {};
    }

    Outcome<Applied> applyBatch(const ActionPlan& plan, size_t first, int count) {
        Applied applied;
        bool committing = false;
        try {
            beConnected();
            auto& target = system(plan.system);
            const QString action = actionKindName(plan.action);
            const auto& script = question(target, action + u"_apply"_s, action);
            WriteTransaction transaction(m_connection, kWriteLimits, kLockWait);
            if (const auto why = whatDiffers(transaction, target, plan, script); !why.isEmpty())
                return Failure{FailureKind::changed,
                               u"Nothing more was sent: %1."_s.arg(why),
                               {},
                               u"Make a new plan."_s};
            applyRange(transaction, target, script, plan, first, static_cast<size_t>(count), applied.rows);
            committing = true;
            transaction.commit();
            return applied;
        } catch (const ServerRefusal& e) {
            applied.why = e.failure().sentence();
        } catch (const PostgresError& e) {
            // Before the commit was sent nothing can have been changed.
            if (committing) throw;
            applied.why = e.failure().sentence();
            m_lock.reset();
            m_connection.close();
        }
        applied.rows.clear();
        applied.refused = true;
        return applied;
    }

    // A unique conflict fails the whole statement: the half that has none goes first.
    void applyRange(WriteTransaction& transaction, PostgresSystem& target, const Question& script,
                    const ActionPlan& plan, size_t first, size_t count, std::vector<RowResult>& results) {
        const QString what = u"the change of jobs"_s;
        auto values = valuesFor(target, plan.queue, plan.made_at);
        putJobs(values, plan, first, count);
        const auto statement = statementAlone(script, values);
        transaction.query("SAVEPOINT batch", {}, what);
        try {
            const auto rows = transaction.query(statement.sql, statement.parameters, what);
            for (size_t i = 0; i < rows.size(); ++i)
                results.push_back({rows.at(i).text("id"),
                                   outcomeFrom(rows.at(i).text("outcome")),
                                   {},
                                   rows.at(i).text("undo_token")});
            transaction.query("RELEASE SAVEPOINT batch", {}, what);
            return;
        } catch (const ServerRefusal& e) {
            if (e.state() != QLatin1StringView(kUniqueViolation)) throw;
        }
        transaction.query("ROLLBACK TO SAVEPOINT batch", {}, what);
        transaction.query("RELEASE SAVEPOINT batch", {}, what);
        if (count == 1) {
            results.push_back({plan.jobs[first].id, RowOutcome::conflict, {}, {}});
            return;
        }
        applyRange(transaction, target, script, plan, first, count / 2, results);
        applyRange(transaction, target, script, plan, first + count / 2, count - count / 2, results);
    }

    std::vector<JobEnding> readEndings(const ActionPlan& plan, const std::vector<RowResult>& results) {
        beConnected();
        auto& target = system(plan.system);
        ReadTransaction transaction(m_connection, kReadLimits);
        auto values = valuesFor(target, plan.queue, transaction.moment().now);
        std::vector<std::string> ids;
        for (const auto& row : results) ids.push_back(row.id.toStdString());
        values.jobIds = toArrayLiteral(ids);
        const auto rows = ask(transaction, question(target, u"acting_endings"_s, u"replay"_s), values);
        transaction.commit();
        QHash<QString, JobEnding> found;
        for (size_t i = 0; i < rows.size(); ++i) {
            const QString error = rows.at(i).text("error");
            const QString id = rows.at(i).text("id");
            found[id] = {id, endFrom(rows.at(i).text("ending")),
                         error.isEmpty() ? QString() : errorSignature(error)};
        }
        std::vector<JobEnding> endings;
        for (const auto& row : results)
            endings.push_back(found.value(row.id, {row.id, JobEnd::vanished, {}}));
        return endings;
    }

    std::vector<RowResult> readRowsBack(const ActionPlan& plan, size_t first, int count) {
        beConnected();
        auto& target = system(plan.system);
        const QString action = actionKindName(plan.action);
        ReadTransaction transaction(m_connection, kReadLimits);
        auto values = valuesFor(target, plan.queue, transaction.moment().now);
        putJobs(values, plan, first, static_cast<size_t>(count));
        const auto rows = ask(transaction, question(target, action + u"_read_back"_s, action), values);
        transaction.commit();
        QHash<QString, QString> found;
        for (size_t i = 0; i < rows.size(); ++i) found[rows.at(i).text("id")] = rows.at(i).text("outcome");
        std::vector<RowResult> results;
        for (size_t i = first; i < std::min(first + static_cast<size_t>(count), plan.jobs.size()); ++i) {
            const auto& id = plan.jobs[i].id;
            const auto it = found.constFind(id);
            if (it == found.constEnd())
                results.push_back({id, RowOutcome::gone, {}, {}});
            else if (it.value() != "untouched"_L1)
                results.push_back({id, outcomeFrom(it.value()), {}, {}});
        }
        return results;
    }

    PostgresConnection m_connection;
    std::vector<PostgresSystem> m_systems;
    QString m_serverId;
    std::optional<qint64> m_lock;  // held by the open session
};

}  // namespace

std::unique_ptr<ActingBackend> makePostgresActingBackend(const ConnectionSettings& settings) {
    return std::make_unique<PostgresActing>(settings);
}

}  // namespace spillway
