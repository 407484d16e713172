#include "backends/postgres/engine/queue_answers.h"

#include <algorithm>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const char* const bucketColumns[kDeadAgeBuckets] = {"b0", "b1", "b2", "b3", "b4", "b5"};

// Each row with the raw name of its queue; rows without one are left out.
template <typename Take>
void forEachQueue(const Rows& rows, Take take) {
    for (size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows.at(i);
        if (const auto name = row.bytes("queue")) take(name->toStdString(), row);
    }
}

// A moment that a capped look, or a question that says so itself, knows only roughly.
Measured<ServerTime> moment(const std::optional<ServerTime>& at, bool capped, const Question* question,
                            const QString& cappedMeans) {
    if (!at) return Measured<ServerTime>::notObservable(u"there is no such job"_s);
    if (question && !question->estimated.isEmpty())
        return Measured<ServerTime>::estimated(*at, question->estimated);
    return capped ? Measured<ServerTime>::lowerBound(*at, cappedMeans) : Measured<ServerTime>::exact(*at);
}

template <typename T>
Measured<T> figure(const T& value, bool capped, const Question& question, const QString& cappedMeans) {
    if (!question.estimated.isEmpty()) return Measured<T>::estimated(value, question.estimated);
    return capped ? Measured<T>::lowerBound(value, cappedMeans) : Measured<T>::exact(value);
}

const QString oldestLookedAt = QStringLiteral("the oldest of those looked at; an older one may exist");
const QString lookedAt = QStringLiteral("of the dead jobs looked at");

}  // namespace

void QueueAnswers::takeCounts(const Rows& rows) {
    forEachQueue(rows, [&](const std::string& queue, const Row& row) {
        // A wider variant may answer a state that an earlier one has answered: the first stays.
        if (const auto n = row.integer("n"))
            m_counts[queue].try_emplace(row.text("state"), Cell{*n, row.flag("capped")});
    });
}

void QueueAnswers::takeCachedCounts(const Rows& rows) {
    forEachQueue(rows, [&](const std::string& queue, const Row& row) {
        const auto n = row.integer("n");
        const auto asOf = row.time("as_of");
        if (n && asOf) m_cached[queue][row.text("state")] = {*n, *asOf};
    });
}

void QueueAnswers::takeOldest(const Rows& rows) {
    forEachQueue(rows, [&](const std::string& queue, const Row& row) {
        m_oldest[queue] = moment(row.time("oldest_ready_at"), row.flag("capped"), nullptr, oldestLookedAt);
    });
}

// A look that was cut off and saw none has not seen that there is none.
void QueueAnswers::takeExpiring(const std::vector<Answered>& answers) {
    static const QString first = u"among the waiting jobs looked at"_s;
    for (const auto& answer : answers)
        forEachQueue(answer.rows, [&](const std::string& queue, const Row& row) {
            const qint64 n = row.integer("n").value_or(0);
            const bool capped = row.flag("capped");
            m_expiring[queue] = capped && n == 0 ? Count::estimated(0, u"none "_s + first)
                                                 : figure(n, capped, *answer.question, first);
            m_expiresNext[queue] = moment(row.time("next_at"), capped, answer.question, first);
        });
}

bool QueueAnswers::anyExpiresBefore(ServerTime at) const {
    return std::ranges::any_of(
        m_expiresNext, [at](const auto& queue) { return queue.second.known() && *queue.second.value <= at; });
}

// Several questions may each know of some.
void QueueAnswers::takeBehind(const std::vector<Answered>& answers) {
    static const QString first = u"among the waiting jobs looked at"_s;
    for (const auto& answer : answers)
        forEachQueue(answer.rows, [&](const std::string& queue, const Row& row) {
            Behind& behind = m_behind[queue];
            const bool capped = row.flag("capped");
            const auto ready = figure(row.integer("n").value_or(0), capped, *answer.question, first);
            behind.ready.value = *behind.ready.value + *ready.value;
            if (!ready.isExact()) {
                behind.ready.provenance = weaker(behind.ready.provenance, ready.provenance);
                behind.ready.method = ready.method;
            }
            const qint64 dead = row.integer("dead_n").value_or(0);
            if (dead == 0) return;
            const qint64 before = behind.dead ? *behind.dead->jobs.value : 0;
            behind.dead = BlockedOnDead{figure(before + dead, capped, *answer.question, first),
                                        row.text("waiting_example"), row.text("dead_example")};
        });
}

void QueueAnswers::takeDeadAge(const std::string& queue, const Row& row, const Question& question) {
    const bool capped = row.flag("capped");
    m_deadCapped = m_deadCapped || capped;
    if (question.answers.contains(u"dead_oldest_age_s"_s))
        m_oldestDead[queue] = moment(row.time("oldest"), capped, &question, oldestLookedAt);
    if (question.answers.contains(u"purge_next"_s))
        m_purgeNext[queue] = moment(row.time("purge_next_at"), capped, &question, lookedAt);
    if (question.answers.contains(u"lost_next_24h"_s)) {
        const auto lost = row.integer("lost_24h");
        m_lost[queue] =
            lost ? figure(*lost, capped, question, lookedAt)
                 : Count::notObservable(u"when the system deletes its dead jobs is not known here"_s);
    }
    if (!question.answers.contains(u"dead_ages"_s)) return;
    auto& ages = m_deadAges[queue];
    m_deadAgesCapped[queue] = capped;
    m_wantsSample = m_wantsSample || capped;
    const auto percentile = [&](const char* column) {
        const auto at = moment(row.time(column), false, &question, {});
        return capped && at.known() ? Measured<ServerTime>::estimated(*at.value, lookedAt) : at;
    };
    ages.p50_died_at = percentile("p50");
    ages.p90_died_at = percentile("p90");
    for (int i = 0; i < kDeadAgeBuckets; ++i)
        ages.buckets[static_cast<size_t>(i)] =
            figure(row.integer(bucketColumns[i]).value_or(0), capped, question, lookedAt);
}

void QueueAnswers::takeDeadAges(const std::vector<Answered>& answers) {
    for (const auto& answer : answers)
        forEachQueue(answer.rows, [&](const std::string& queue, const Row& row) {
            takeDeadAge(queue, row, *answer.question);
        });
}

void QueueAnswers::takeDeadSamples(const std::vector<Answered>& answers) {
    for (const auto& answer : answers)
        forEachQueue(answer.rows, [&](const std::string& queue, const Row& row) {
            auto& sample = m_deadSamples[queue];
            sample.ages.p50_died_at = moment(row.time("p50"), false, answer.question, {});
            sample.ages.p90_died_at = moment(row.time("p90"), false, answer.question, {});
            for (int i = 0; i < kDeadAgeBuckets; ++i) {
                const qint64 n = row.integer(bucketColumns[i]).value_or(0);
                sample.ages.buckets[static_cast<size_t>(i)] = Count::exact(n);
                sample.looked_at += n;
            }
        });
}

void QueueAnswers::takeRunTimes(const std::vector<Answered>& answers) {
    for (const auto& answer : answers)
        forEachQueue(answer.rows, [&](const std::string& queue, const Row& row) {
            const auto seconds = row.number("seconds");
            const auto n = row.integer("n").value_or(0);
            m_runTimes[queue] =
                seconds && n > 0
                    ? Seconds::estimated(*seconds, u"mean over the last %1 that succeeded at once"_s.arg(n))
                    : Seconds::notObservable(u"no job has lately succeeded at its first attempt"_s);
        });
}

void QueueAnswers::takeAttempts(const std::vector<Answered>& answers) {
    for (const auto& answer : answers)
        forEachQueue(answer.rows, [&](const std::string& queue, const Row& row) {
            const auto mean = row.number("max_attempts");
            const auto n = row.integer("n").value_or(0);
            if (!mean || n == 0)
                m_attempts[queue] = Ratio::notObservable(u"there is no live job"_s);
            else if (row.flag("capped"))
                m_attempts[queue] = Ratio::estimated(*mean, u"mean over %1 of the live jobs"_s.arg(n));
            else
                m_attempts[queue] = figure(*mean, false, *answer.question, {});
        });
}

void QueueAnswers::takeRetryDues(const std::vector<Answered>& answers) {
    for (const auto& answer : answers)
        forEachQueue(answer.rows, [&](const std::string& queue, const Row& row) {
            auto& dues = m_retryDues.try_emplace(queue, RetryDues::exact({})).first->second;
            const auto due = row.time("due");
            const qint64 n = row.integer("n").value_or(0);
            if (due && n > 0) dues.value->push_back({*due, n});
            if (row.flag("capped")) {
                dues.provenance = Provenance::lower_bound;
                dues.method = u"only those that are due first were looked at"_s;
            }
        });
}

std::vector<double> QueueAnswers::retryRows(qint64 cap) const {
    std::vector<double> rows;
    for (const auto& [queue, dues] : m_retryDues) {
        double jobs = 0;
        for (const RetryDue& due : *dues.value) jobs += static_cast<double>(due.jobs);
        rows.push_back(dues.isExact() ? jobs : static_cast<double>(cap));
    }
    return rows;
}

void QueueAnswers::takeFlow(const Answered& answer, FlowAccumulator& flow) {
    static const std::map<QString, std::vector<std::string>> columns{
        {u"arrival_rate"_s, {"enqueued"}},
        {u"drain_rate"_s, {"completed", "died"}},
        {u"failed_for_good"_s, {"failed"}},
        {u"amplification"_s, {"executed", "first_executed"}},
        {u"retried"_s, {"retried"}}};
    std::vector<std::string> wanted;
    for (const auto& signal : answer.question->answers)
        if (const auto it = columns.find(signal); it != columns.end())
            wanted.insert(wanted.end(), it->second.begin(), it->second.end());
    forEachQueue(answer.rows, [&](const std::string& queue, const Row& row) {
        if (answer.question->basis == FlowBasis::rows) {
            flow.add(queue, row, wanted);
            return;
        }
        for (const auto& column : wanted)
            if (const auto n = row.integer(column)) m_counters[queue][column] = *n;
    });
}

bool QueueAnswers::anyCountCapped() const {
    return std::any_of(m_counts.begin(), m_counts.end(), [](const auto& queue) {
        return std::any_of(queue.second.begin(), queue.second.end(),
                           [](const auto& state) { return state.second.capped; });
    });
}

std::vector<CappedCount> QueueAnswers::cappedCounts(const std::vector<ListedQueue>& queues) const {
    std::vector<CappedCount> wanted;
    for (const auto& queue : queues) {
        const auto states = m_counts.find(queue.name);
        if (states == m_counts.end()) continue;
        for (const auto& [state, cell] : states->second)
            if (cell.capped) wanted.push_back({queue.name, state, queue.source});
    }
    return wanted;
}

}  // namespace spillway
