#include "backends/redis/acting/acting_scripts.h"

#include <QSet>
#include <QUuid>
#include <algorithm>
#include <deque>

#include "backends/domain/human_text.h"
#include "backends/redis/acting/script.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

using Replies = std::vector<RedisReply>;

// "changed its lock is held": the outcome and, behind the first space, the reason.
RowResult rowFrom(const QString& id, const RedisReply& reply) {
    if (reply.isError()) return {id, RowOutcome::failed, visibleText(reply.text, 300), {}};
    const QString text = QString::fromUtf8(reply.text);
    const auto outcome = rowOutcomeFromName(text.section(u' ', 0, 0));
    if (!outcome) return {id, RowOutcome::unknown, u"the script answered something unexpected"_s, {}};
    if (*outcome == RowOutcome::moved) return {id, *outcome, {}, text.section(u' ', 1)};  // a new id
    return {id, *outcome, text.section(u' ', 1), {}};
}

// The server said no to all of it, for one reason.
bool isRefusal(const std::vector<RowResult>& rows) {
    return !rows.empty() && std::all_of(rows.begin(), rows.end(), [](const RowResult& row) {
        return row.outcome == RowOutcome::failed;
    });
}

class ScriptCaller {
public:
    ScriptCaller(RedisActingSession& session, const RedisActingLock& lock)
        : m_session(session), m_lock(lock) {}
    [[nodiscard]] Outcome<Replies> call(const RedisScript& script, const std::deque<PreparedJob>& jobs) const;
    [[nodiscard]] Outcome<Replies> callForAll(const RedisScript& script, const BatchHead& head,
                                              const std::deque<PreparedJob>& jobs) const;

private:
    RedisActingSession& m_session;
    const RedisActingLock& m_lock;
};

// A reply for each; jobs that are settled already are not asked for. What the server has forgotten is sent
// again with its text: a script that is not known has done nothing.
Outcome<Replies> ScriptCaller::call(const RedisScript& script, const std::deque<PreparedJob>& jobs) const {
    const auto command = [this, &script](const PreparedJob& job, bool withText) {
        const QList<QByteArray> keys = QList<QByteArray>{m_lock.key()} + job.keys;
        const QList<QByteArray> arguments = QList<QByteArray>{m_lock.token()} + job.arguments;
        return withText ? script.callWithText(keys, arguments) : script.call(keys, arguments);
    };
    Replies answers(jobs.size());
    for (const bool withText : {false, true}) {
        std::vector<RedisCommand> commands;
        std::vector<std::size_t> asked;
        for (std::size_t i = 0; i < jobs.size(); ++i) {
            if (jobs[i].settled || (withText && answers[i].errorCode() != "NOSCRIPT")) continue;
            commands.push_back(command(jobs[i], withText));
            asked.push_back(i);
        }
        if (commands.empty()) continue;
        auto replies = m_session.connection().run(commands, RedisActingSession::deadline());
        if (!replies) return replies.failure();
        for (std::size_t i = 0; i < asked.size(); ++i) answers[asked[i]] = std::move((*replies)[i]);
    }
    return answers;
}

// One call for the whole batch; what the server says of the call it says of each job.
Outcome<Replies> ScriptCaller::callForAll(const RedisScript& script, const BatchHead& head,
                                          const std::deque<PreparedJob>& jobs) const {
    std::deque<PreparedJob> whole(1);
    whole.front().keys = head.keys;
    whole.front().arguments = head.arguments;
    QList<QByteArray> shared;
    QSet<QByteArray> given;
    for (const PreparedJob& job : jobs) {
        whole.front().keys += job.keys;
        whole.front().arguments += job.arguments;
        if (job.shared_keys.isEmpty() || given.contains(job.shared_keys.front())) continue;
        given.insert(job.shared_keys.front());
        shared += job.shared_keys;
    }
    whole.front().keys += shared;
    const auto replies = call(script, whole);
    if (!replies) return replies.failure();
    const RedisReply& said = replies->front();
    if (said.isArray() && said.items.size() == jobs.size()) return said.items;
    return Replies(jobs.size(), said);
}

}  // namespace

QByteArray actingScriptOf(const ActionPlan& plan) {
    const bool lost = plan.action == ActionKind::replay && !plan.jobs.empty() && isLostJob(plan.jobs.front());
    return lost ? "lost" : actionKindName(plan.action).toLatin1();
}

QString actingPins(const QByteArray& name, const RedisActingSite& site) {
    const RedisScript script(site.actor->room() + '/' + name);
    const DeadShelf& shelf = site.place.shelf;
    return QString::fromLatin1(script.digest()) + u' ' + visibleText(shelf.key + ' ' + shelf.queue, 400);
}

void startPlan(ActionPlan& plan, const ActionRequest& request) {
    plan.action = request.action;
    plan.system = request.filter.system;
    plan.queue = request.filter.queues.value(0);
    plan.rate = request.rate;
    plan.canary = request.canary;
    plan.halt_above = request.halt_above;
}

void pinPlan(ActionPlan& plan, const RedisActingSession& session, const RedisActingSite& site,
             const QByteArray& script, ServerTime now) {
    plan.id = QUuid::createUuid().toString(QUuid::WithoutBraces);
    plan.connection = session.settings().name;
    plan.environment = session.settings().environment;
    plan.server_id = session.serverId();
    plan.pins = actingPins(script, site);
    plan.made_at = now;
}

std::vector<PlannedJob> slicedJobs(const ActionPlan& plan, size_t first, int count) {
    const auto begin = std::min(first, plan.jobs.size());
    const auto end =
        std::min(plan.jobs.size(), begin + static_cast<size_t>(std::clamp(count, 0, kMostActedOn)));
    return {plan.jobs.begin() + static_cast<qint64>(begin), plan.jobs.begin() + static_cast<qint64>(end)};
}

Outcome<ActingBackend::Applied> applyScript(RedisActingSession& session, const RedisActingLock& lock,
                                            const RedisActingSite& site, const ActionPlan& plan,
                                            const std::vector<PlannedJob>& jobs) {
    std::deque<PreparedJob> prepared(jobs.size());
    RedisPipeline pipeline;
    for (std::size_t i = 0; i < jobs.size(); ++i)
        site.actor->prepare(pipeline, plan.action, site.place, jobs[i], SystemClock().wallNow(), prepared[i]);
    if (const auto read = session.run(pipeline); !read) return read.failure();
    const RedisScript script(site.actor->room() + '/' + actingScriptOf(plan));
    const ScriptCaller caller(session, lock);
    const auto head = site.actor->batchHead(plan.action, site.place);
    const auto replies = head ? caller.callForAll(script, *head, prepared) : caller.call(script, prepared);
    if (!replies) return replies.failure();
    ActingBackend::Applied applied;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        if ((*replies)[i].text == "fenced")
            applied.rows.push_back(
                {jobs[i].id, RowOutcome::failed, u"another console holds the lock of this queue now"_s, {}});
        else
            applied.rows.push_back(prepared[i].settled ? *prepared[i].settled
                                                       : rowFrom(jobs[i].id, (*replies)[i]));
        if (RowResult& row = applied.rows.back();
            row.outcome == RowOutcome::moved && row.undo_token.isEmpty())
            row.undo_token = prepared[i].before;
        if (applied.why.isEmpty() && applied.rows.back().outcome == RowOutcome::failed)
            applied.why = applied.rows.back().why;
    }
    const bool settled = std::any_of(prepared.begin(), prepared.end(),
                                     [](const PreparedJob& job) { return job.settled.has_value(); });
    applied.refused = !settled && isRefusal(applied.rows);
    return applied;
}

}  // namespace spillway
