#include "backends/postgres/acting/acting_plan.h"

#include <QUuid>

#include "backends/domain/human_text.h"
#include "backends/health/error_signature.h"
#include "backends/postgres/acting/acting_trust.h"
#include "backends/postgres/engine/display_name.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {

constexpr TransactionLimits kPlanLimits{30s, 60s};
constexpr size_t kPage = 5'000;
constexpr qint64 kMostLookedAt = 500'000;  // where errors are compared here

ServerTime ago(ServerTime now, double seconds) {
    return now -
           std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::duration<double>(seconds));
}

class Matching {
public:
    Matching(const Question& question, const PollValues& values, const ActionRequest& request)
        : m_statement(statementAlone(question, values)), m_request(request), m_now(values.now) {}

    [[nodiscard]] Statement count() {
        Statement statement = m_statement;
        statement.sql = "SELECT count(*) AS n FROM (" + m_statement.sql + ") AS p" + where(statement);
        return statement;
    }
    // One cursor over all of them: without an index on both columns a page of its own would sort everything
    // again.
    [[nodiscard]] Statement cursor(qint64 most) {
        Statement statement = m_statement;
        statement.sql = "DECLARE matching NO SCROLL CURSOR FOR SELECT p.* FROM (" + m_statement.sql +
                        ") AS p" + where(statement) + " ORDER BY p.at, p.id LIMIT " + std::to_string(most);
        return statement;
    }

private:
    static std::string parameter(Statement& statement, const std::string& value, const char* type) {
        statement.parameters.push_back(value);
        return "$" + std::to_string(statement.parameters.size()) + "::" + type;
    }
    std::string where(Statement& statement) {
        const auto& filter = m_request.filter;
        std::string sql = " WHERE true";
        const auto add = [&](const std::string& before, const std::string& value, const char* type,
                             const std::string& after = {}) {
            sql += " AND " + before + parameter(statement, value, type) + after;
        };
        if (!filter.kind.isEmpty()) add("p.kind = ", filter.kind.toStdString(), "text");
        if (filter.older_than_s)
            add("p.at <= ", toParameter(ago(m_now, *filter.older_than_s)), "timestamptz");
        if (filter.newer_than_s)
            add("p.at >= ", toParameter(ago(m_now, *filter.newer_than_s)), "timestamptz");
        if (!filter.ids.isEmpty()) {
            std::vector<std::string> ids;
            for (const auto& one : filter.ids) ids.push_back(one.toStdString());
            add("p.id = ANY (", toArrayLiteral(ids), "text[]", ")");
        }
        return sql;
    }

    Statement m_statement;
    const ActionRequest& m_request;
    ServerTime m_now;
};

PlannedJob jobFrom(const Row& row) {
    PlannedJob job;
    job.id = row.text("id");
    job.version = row.text("version");
    job.kind = row.text("kind");
    const QString error = row.text("error");
    if (!error.isEmpty()) job.signature = errorSignature(error);
    job.at = row.time("at");
    if (const auto remaining = row.integer("remaining"))
        job.remaining_attempts = static_cast<int>(*remaining);
    job.conflict = row.flag("conflict");
    return job;
}

struct MatchedJobs {
    std::vector<PlannedJob> jobs;  // oldest first
    qint64 matched = 0;
    qint64 weak = 0;    // of `jobs`: leases with nothing but age against them
    qint64 copies = 0;  // of `jobs`, waiting in a dead-letter queue
    bool copiesUnknown = false;
};

MatchedJobs readMatching(ReadTransaction& transaction, const Question& question, const PollValues& values,
                         const ActionRequest& request) {
    Matching matching(question, values, request);
    MatchedJobs found;
    const bool bySignature = !request.filter.error_signature.isEmpty();
    const qint64 most = std::min(request.most, kMostPlannedJobs);
    const QString what = u"the jobs of a plan"_s;
    const auto cursor = matching.cursor(bySignature ? kMostLookedAt : most);
    transaction.query("SET LOCAL cursor_tuple_fraction = 1", {}, what);
    transaction.query("SET LOCAL work_mem = '64MB'", {}, what);  // the oldest of millions, sorted in memory
    transaction.query(cursor.sql, cursor.parameters, what);
    qint64 looked = 0;
    for (size_t got = kPage; got == kPage;) {
        const auto rows = transaction.query("FETCH " + std::to_string(kPage) + " FROM matching", {}, what);
        looked += static_cast<qint64>(got = rows.size());
        const bool copied = rows.columns.contains("copies");
        for (size_t i = 0; i < got; ++i) {
            auto job = jobFrom(rows.at(i));
            if (bySignature && job.signature != request.filter.error_signature) continue;
            ++found.matched;
            if (static_cast<qint64>(found.jobs.size()) >= most) continue;
            if (rows.at(i).flag("weak")) ++found.weak;
            found.jobs.push_back(std::move(job));
            if (!copied) continue;
            const auto copies = rows.at(i).integer("copies");
            found.copies += copies.value_or(0);
            found.copiesUnknown = found.copiesUnknown || !copies;
        }
    }
    if (bySignature || looked < most) return found;
    const auto counting = matching.count();
    const auto rows = transaction.query(counting.sql, counting.parameters, u"the number of matching jobs"_s);
    found.matched = rows.at(0).integer("n").value_or(found.matched);
    return found;
}

void say(PlannedAction& planned, const Trust& trust, const MatchedJobs& found, const ActionRequest& request,
         const SystemDefinition& system) {
    const auto& plan = planned.plan;
    const auto jobs = static_cast<qint64>(plan.jobs.size());
    const bool releases = plan.action == ActionKind::release;
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
    if (found.weak > 0)
        planned.warnings << u"For %1 leases age is the only evidence."_s.arg(exactCountText(found.weak));
    if (found.copies > 0)
        planned.warnings
            << u"%1 copies of these jobs wait in a dead-letter queue: each is cancelled there when its "
               u"job is put back, so that it does not run as well."_s.arg(exactCountText(found.copies));
    if (found.copiesUnknown)
        planned.warnings
            << u"Copies of these jobs may wait in a dead-letter queue; this version of %1 does not record "
               u"whose they are. Look there: what a worker takes from it runs as well."_s.arg(system.title);
    const auto spent = std::count_if(plan.jobs.begin(), plan.jobs.end(),
                                     [](const PlannedJob& job) { return job.remaining_attempts == 0; });
    if (releases && spent > 0)
        planned.warnings << u"%1 jobs have used up their attempts: they go to the dead ones, as %2 itself "
                            u"would have it."_s.arg(exactCountText(spent), system.title);
    if (releases) planned.warnings << system.lease.fencing;
    planned.warnings << u"Jobs may run twice: every replay and release is at least once."_s;
}

void throwUnlessListed(ReadTransaction& transaction, PostgresSystem& target, const QString& queue) {
    bool known = false;
    for (const auto& listed : target.queues(transaction)) known = known || displayName(listed.name) == queue;
    if (known) return;
    throw PostgresError(
        {FailureKind::usage,
         u"There is no queue %1 in %2."_s.arg(visibleText(queue, 80), target.definition().title),
         {},
         u"\"spillwayctl status\" lists the queues."_s});
}

}  // namespace

PlannedAction makePlan(ActingSession& session, const ActionRequest& request) {
    session.beConnected();
    auto& target = session.system(request.filter.system);
    const QString action = actionKindName(request.action);
    const auto& script = actingQuestion(target, action + u"_apply"_s, action);
    const auto& reading = actingQuestion(target, action + u"_plan"_s, action);
    ReadTransaction transaction(session.connection(), kPlanLimits);
    const QString queue = request.filter.queues.value(0);
    throwUnlessListed(transaction, target, queue);
    transaction.useIndexesOnly(false);
    auto values = actingValues(target, queue, transaction.moment().now);
    std::vector<std::string> named;
    for (const auto& id : request.filter.ids) named.push_back(id.toStdString());
    values.jobIds = toArrayLiteral(named);
    auto found = readMatching(transaction, reading, values, request);
    const auto trust = readTrust(catalogOf(transaction), target, script);
    transaction.commit();
    PlannedAction planned;
    auto& plan = planned.plan;
    plan.id = QUuid::createUuid().toString(QUuid::WithoutBraces);
    plan.action = request.action;
    plan.connection = session.settings().name;
    plan.environment = session.settings().environment;
    plan.server_id = session.serverId();
    plan.pins = trust.pins;
    plan.system = request.filter.system;
    plan.queue = queue;
    plan.made_at = transaction.moment().now;
    plan.jobs = std::move(found.jobs);
    plan.matched = found.matched;
    plan.rate = request.rate;
    plan.canary = request.canary;
    plan.halt_above = request.halt_above;
    say(planned, trust, found, request, target.definition());
    return planned;
}

}  // namespace spillway
