#include "backends/postgres/engine/system.h"

#include <algorithm>

#include "backends/postgres/claims/reading.h"
#include "backends/postgres/engine/dead_letter_copies.h"
#include "backends/postgres/engine/lease_reading.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {

// What one poll may spend. An entry counted in an index costs about 0.25 µs, or 1 µs where its page is not
// all-visible; an entry whose row is needed 1 to 4 µs. Only time tells which: the caps follow it.
constexpr double countsBudget_ms = 8;
constexpr double deadBudget_ms = 4;
constexpr double logBudget_ms = 50;  // only where a claim log must be caught up with
constexpr double firstCountedEntries = 20'000;
constexpr double firstReadRows = 2'000;
constexpr double flowEntries = 40'000;
constexpr double retryRowsOfPoll = 8'000;
constexpr qint64 highestRetryCap = 2'000, lowestRetryCap = 200;
constexpr double leastCountedEntries = 10'000;
constexpr qint64 highestFlowCap = 20'000, lowestFlowCap = 2'000;
constexpr qint64 highestCap = 10'000, lowestCap = 100, highestLeastCap = 1'000;
constexpr qint64 highestHeapCap = 1'000, lowestHeapCap = 20;
// Above this many partitions planning through the parent costs more than naming each partition.
constexpr size_t partitionsThroughParent = 8;
constexpr double sampledPages = 200;
constexpr qint64 fewestLeasesOfOneSource = 20;

const QStringList& countedStates() {
    static const QStringList states{u"ready"_s, u"scheduled"_s, u"retrying"_s, u"running"_s, u"dead"_s};
    return states;
}

// Too dear: down in proportion, at most by half. Capped and cheap: up, as far as the budget should reach.
// Most queues of a large system are nearly empty: what they leave goes to the full ones.
qint64 adapted(qint64 cap, double spent_ms, double budget_ms, bool capped, qint64 lowest, qint64 highest) {
    double factor = 1;
    if (spent_ms > budget_ms)
        factor = std::max(0.5, budget_ms / spent_ms);
    else if (capped && spent_ms < 0.6 * budget_ms)
        factor = std::min(2.0, 0.8 * budget_ms / std::max(0.1, spent_ms));
    return std::clamp(static_cast<qint64>(static_cast<double>(cap) * factor), lowest, highest);
}

// The highest cap with which queues that hold `expected` rows cost no more than `budget` rows.
double fairCap(std::vector<double> expected, double budget) {
    std::ranges::sort(expected);
    auto left = static_cast<double>(expected.size());
    for (const double rows : expected) {
        if (rows * left >= budget) return budget / left;
        budget -= rows;
        --left;
    }
    return highestFlowCap;
}

// A registry that names no worker yet, or has somebody in it who has not said what he works on.
bool isSilent(const Rows& rows) {
    bool named = false;
    for (size_t i = 0; i < rows.size(); ++i) {
        if (rows.at(i).flag("young")) return true;
        named = named || rows.at(i).flag("named");
    }
    return !named;
}

}  // namespace

PostgresSystem::PostgresSystem(SystemIdentity identity, SystemDefinition definition, SchemaCatalog catalog,
                               QuestionPlan plan)
    : m_identity(std::move(identity)), m_definition(std::move(definition)), m_catalog(std::move(catalog)),
      m_round(std::move(plan), u"%1 in %2"_s.arg(m_identity.title, m_catalog.schema)) {
    m_values.schema = m_catalog.schema;
    m_values.schemaQuoted = m_catalog.quoted;
    const auto* jobs = m_catalog.table(m_definition.jobs);
    if (!jobs) return;
    m_values.jobs = jobs->quoted;
    const auto pages = std::max(1.0, static_cast<double>(jobs->bytes) / 8192);
    m_values.samplePercent = std::clamp(100 * sampledPages / pages, 0.0001, 100.0);
}

SystemReading PostgresSystem::read(ReadTransaction& transaction, PollMemory& memory, double share) {
    SystemReading reading;
    reading.identity = m_identity;
    m_values.now = transaction.moment().now;
    m_round.begin(m_values.now);
    // What was not counted meanwhile is missing for good: no total may be continued over it.
    if (m_round.resumed(u"flow"_s)) memory.flow.startAnew();
    const auto window = memory.flow.begin(m_values.now);
    if (window.since == window.until) memory.advance = {};
    m_values.since = window.since;
    m_values.until = window.until;
    throwIfReplaced(transaction);
    throwIfOutgrown(transaction);
    const auto queues = readQueues(transaction, reading.queues_not_shown);
    startCaps(queues.size(), share);
    capFlow(memory.flow, queues.size(), share);
    capRetries(queues.size(), share);
    QueueAnswers answers;
    if (!queues.empty()) {
        readCounts(transaction, answers, queues);
        readAges(transaction, answers);
        readDoomed(transaction, answers, memory.unworked);
        readAttempts(transaction, answers, memory.flow);
        readClaims(transaction, answers, memory);
    }
    readWorkers(transaction, reading);
    const QueueAnswers::Sources from{plan(),         m_definition,     m_estimates, memory.flow,
                                     memory.advance, m_identity.title, m_values.now};
    reading.queues.reserve(queues.size());
    for (const auto& queue : queues) reading.queues.push_back(answers.reading(queue, from));
    countCopiesOnce(reading.queues, queues);
    readLeases(transaction, reading);
    reading.conditions = conditionsFrom(m_round.each(transaction, u"conditions"_s, m_values));
    for (auto& removed : memory.unworked.conditions(m_values.now))
        reading.conditions.push_back(std::move(removed));
    adaptCaps(answers, share);
    reading.capabilities = plan().capabilities;
    m_round.setProven();
    return reading;
}

QString PostgresSystem::sourceFor(const QString& partition) const {
    const auto* jobs = m_catalog.table(m_definition.jobs);
    if (!jobs || jobs->indexes.size() <= partitionsThroughParent) return m_values.jobs;
    const auto it = jobs->partitions.find(partition);
    return it == jobs->partitions.end() ? m_values.jobs : it->second;
}

void PostgresSystem::throwChanged(const QString& what) const {
    throw PostgresError({FailureKind::changed,
                         u"%1 in %2 %3."_s.arg(m_identity.title, m_catalog.schema, what),
                         {},
                         u"Run detect to see what can be read now."_s},
                        Loss::transaction);
}

// Before anything of it is read: detection has looked whose tables they are, and only theirs may be read.
void PostgresSystem::throwIfReplaced(ReadTransaction& transaction) const {
    if (const auto name = replacedSince(transaction, m_catalog); !name.isEmpty())
        throwChanged(u"no longer has the %1 that was found there"_s.arg(name));
}

// A table that was small enough to be read whole may not stay so.
void PostgresSystem::throwIfOutgrown(ReadTransaction& transaction) {
    const bool scans = std::any_of(plan().questions.begin(), plan().questions.end(),
                                   [](const Question& q) { return q.scan; });
    const auto* jobs = m_catalog.table(m_definition.jobs);
    if (!scans || !jobs || m_values.now - m_sizeChecked < 30s) return;
    const bool first = m_sizeChecked == ServerTime{};  // detection has just looked
    m_sizeChecked = m_values.now;
    if (first) return;
    const auto rows = transaction.query(
        "SELECT coalesce(sum(pg_relation_size(t.relid)), 0)::bigint AS bytes FROM pg_partition_tree($1::oid) "
        "t",
        {std::to_string(jobs->oid)}, u"the size of %1"_s.arg(jobs->quoted));
    if (rows.at(0).integer("bytes").value_or(0) > m_definition.scanBytes)
        throwChanged(u"has become too large to be read whole"_s);
}

// `more`: how many queues there are besides those in the answer.
std::vector<ListedQueue> PostgresSystem::readQueues(ReadTransaction& transaction, qint64& more) {
    std::vector<ListedQueue> queues;
    m_values.queues.clear();
    for (const auto& rows : m_round.together(transaction, u"queues"_s, m_values))
        for (size_t i = 0; i < rows.size(); ++i) {
            const Row row = rows.at(i);
            const auto name = row.bytes("queue");
            if (const auto version = row.text("version"); !version.isEmpty() && version != m_identity.version)
                throwChanged(u"was migrated to version %1"_s.arg(version));
            if (!name) continue;
            queues.push_back({name->toStdString(), sourceFor(row.text("source")), row.boolean("paused"),
                              row.bytes("dead_letter").value_or(QByteArray()).toStdString(),
                              row.text("rule")});
            m_values.queues[queues.back().source].push_back(queues.back().name);
            more = row.integer("total").value_or(0);
        }
    more = std::max<qint64>(0, more - static_cast<qint64>(queues.size()));
    return queues;
}

std::vector<ListedQueue> PostgresSystem::queues(ReadTransaction& transaction) {
    m_values.now = transaction.moment().now;
    throwIfReplaced(transaction);
    qint64 more = 0;
    return readQueues(transaction, more);
}

void PostgresSystem::startCaps(size_t queues, double share) {
    m_values.leaseLimit =
        std::max(fewestLeasesOfOneSource,
                 kMostLeases / static_cast<qint64>(std::max<size_t>(1, m_values.queues.size())));
    if (queues == m_queuesBefore) return;
    m_queuesBefore = queues;
    const auto n = static_cast<double>(std::max<size_t>(1, queues));
    m_values.cap = std::clamp(static_cast<qint64>(firstCountedEntries * share / n), lowestCap, highestCap);
    m_leastCounted =
        std::clamp(static_cast<qint64>(leastCountedEntries * share / n), lowestCap, highestLeastCap);
    m_retryRows.clear();
    m_values.heapCap =
        std::clamp(static_cast<qint64>(firstReadRows * share / n), lowestHeapCap, highestHeapCap);
}

// Does not follow the cost: a rate that is cut off by a busy machine would be wrong just when it matters.
// Most queues are quiet: what they leave goes to the busy ones, with as much again to spare.
void PostgresSystem::capFlow(const FlowAccumulator& flow, size_t queues, double share) {
    const double budget = flowEntries * share, n = static_cast<double>(std::max<size_t>(1, queues));
    const double cap = flow.expected().empty() ? budget / n : fairCap(flow.expected(), budget / 2);
    m_values.flowCap = std::clamp(static_cast<qint64>(cap), lowestFlowCap, highestFlowCap);
}

// Like the flow: a wave that is cut off because the machine is busy would look harmless.
void PostgresSystem::capRetries(size_t queues, double share) {
    const double budget = retryRowsOfPoll * share;
    const double cap = m_retryRows.empty() ? budget / static_cast<double>(std::max<size_t>(1, queues))
                                           : fairCap(m_retryRows, budget);
    m_values.retryCap = std::clamp(static_cast<qint64>(cap), lowestRetryCap, highestRetryCap);
}

void PostgresSystem::adaptCaps(const QueueAnswers& answers, double share) {
    m_values.cap = adapted(m_values.cap, m_round.spent_ms(u"counts"_s), countsBudget_ms * share,
                           answers.anyCountCapped(), m_leastCounted, highestCap);
    if (!m_round.asked(u"dead_age"_s)) return;
    m_values.heapCap = adapted(m_values.heapCap, m_round.spent_ms(u"dead_age"_s), deadBudget_ms * share,
                               answers.anyDeadCapped(), lowestHeapCap, highestHeapCap);
}

// The system's own counters and the planner are asked only for what could not be counted.
void PostgresSystem::readCounts(ReadTransaction& transaction, QueueAnswers& answers,
                                const std::vector<ListedQueue>& queues) {
    for (const auto& rows : m_round.together(transaction, u"counts"_s, m_values)) answers.takeCounts(rows);
    bool wanting = answers.anyCountCapped();
    for (const auto& state : countedStates()) wanting = wanting || !plan().answering(u"counts"_s, state);
    if (wanting)
        for (const auto& rows : m_round.together(transaction, u"cached_counts"_s, m_values))
            answers.takeCachedCounts(rows);
    m_estimates.refresh(transaction, plan().planner, answers.cappedCounts(queues), m_values);
}

void PostgresSystem::readAges(ReadTransaction& transaction, QueueAnswers& answers) {
    for (const auto& rows : m_round.together(transaction, u"oldest"_s, m_values)) answers.takeOldest(rows);
    answers.takeExpiring(m_round.each(transaction, u"expiring"_s, m_values));
    answers.takeBehind(m_round.each(transaction, u"behind"_s, m_values));
    answers.takeDeadAges(m_round.each(transaction, u"dead_age"_s, m_values));
    if (answers.wantsDeadSample() || !plan().answering(u"dead_age"_s, u"dead_ages"_s))
        answers.takeDeadSamples(m_round.each(transaction, u"dead_age_sample"_s, m_values));
}

// First what became of those seen before, then who is near the end now.
void PostgresSystem::readDoomed(ReadTransaction& transaction, const QueueAnswers& answers,
                                UnworkedWatch& watch) {
    watch.begin(m_values.now);
    if (!watch.empty()) {
        m_values.doomedQueues = watch.queues();
        m_values.doomedIds = watch.ids();
        for (const auto& answer : m_round.each(transaction, u"doomed_left"_s, m_values))
            watch.takeLeft(answer.rows);
    }
    if (!answers.anyExpiresBefore(m_values.now + UnworkedWatch::lookAhead)) return;
    const auto doomed = m_round.each(transaction, u"doomed"_s, m_values);
    if (!m_round.asked(u"doomed"_s)) return;  // rows of a poll before: some of them are gone since
    for (const auto& answer : doomed) watch.take(answer.rows);
}

void PostgresSystem::readAttempts(ReadTransaction& transaction, QueueAnswers& answers,
                                  FlowAccumulator& flow) {
    for (const auto& answer : m_round.each(transaction, u"flow"_s, m_values)) answers.takeFlow(answer, flow);
    answers.takeRetryDues(m_round.each(transaction, u"retry_due"_s, m_values));
    if (m_round.asked(u"retry_due"_s)) m_retryRows = answers.retryRows(m_values.retryCap);
    answers.takeRunTimes(m_round.each(transaction, u"run_time"_s, m_values));
    answers.takeAttempts(m_round.each(transaction, u"attempts"_s, m_values));
}

std::map<std::string, ClaimsReading> PostgresSystem::readClaimLog(ReadTransaction& transaction,
                                                                  PollMemory& memory) {
    ClaimAccumulator& log = memory.claims;
    const auto adapt = [&memory](double spent_ms, bool behind) {
        memory.logLimit = adapted(memory.logLimit, spent_ms, logBudget_ms, behind,
                                  ClaimAccumulator::fewestEvents, ClaimAccumulator::mostEvents);
    };
    m_values.logLimit = memory.logLimit;
    m_values.logAfter = log.after();
    m_values.logMissing = log.missingPositions();
    m_values.logOpen = log.openJobs();
    std::vector<std::string> queues;
    for (const auto& [source, names] : m_values.queues)
        queues.insert(queues.end(), names.begin(), names.end());
    // With one queue for all, the log may name queues that the reading does not have.
    const QString one = queues.size() == 1 ? QString::fromStdString(queues.front()) : QString();
    try {
        for (const auto& answer : m_round.each(transaction, u"claim_log"_s, m_values))
            log.add(answer.rows, one);
    } catch (const PostgresError&) {
        adapt(logBudget_ms * 2, true);  // the next read asks for less, so that it gets through
        throw;
    }
    adapt(m_round.spent_ms(u"claim_log"_s), log.isBehind());
    std::map<std::string, ClaimsReading> readings;
    for (const auto& queue : queues) readings[queue] = log.reading(queue);
    return readings;
}

void PostgresSystem::readClaims(ReadTransaction& transaction, QueueAnswers& answers, PollMemory& memory) {
    if (plan().answering(u"claim_log"_s, u"claims"_s)) {
        auto claims = readClaimLog(transaction, memory);
        if (!plan().answering(u"claim_log"_s, u"claims"_s)) return;  // just set aside
        answers.takeClaims(std::move(claims));
        if (!plan().answering(u"claim_log"_s, u"amplification"_s)) return;
        for (const auto& [source, names] : m_values.queues)
            for (const auto& queue : names) answers.takeExecutions(queue, memory.claims.executions(queue));
        return;
    }
    const auto claims = m_round.each(transaction, u"claims"_s, m_values);
    if (!claims.empty())
        answers.takeClaims(claimsFrom(claims, m_round.each(transaction, u"duplicate_claims"_s, m_values)));
}

void PostgresSystem::readWorkers(ReadTransaction& transaction, SystemReading& reading) {
    const auto unknown = [&](const QString& why) {
        const auto nothing = Count::notObservable(why);
        reading.workers = {nothing, nothing, nothing, {}};
    };
    const auto* question = plan().answering(u"workers"_s, u"workers"_s);
    if (!question) return unknown(plan().capabilities.why(u"workers"_s));
    const auto answers = m_round.each(transaction, u"workers"_s, m_values);
    if (answers.empty()) return unknown(plan().capabilities.why(u"workers"_s));
    const auto& rows = answers.front().rows;
    if (rows.size() == 0 && !question->emptyMeans.isEmpty()) return unknown(question->emptyMeans);
    reading.workers = workersFrom(rows, m_values.now);
    if (reading.workers.live == Count::exact(0) && !question->silentMeans.isEmpty() && isSilent(rows))
        unknown(question->silentMeans);
}

void PostgresSystem::readLeases(ReadTransaction& transaction, SystemReading& reading) {
    const bool asked = plan().answering(u"leases"_s, u"leases"_s) != nullptr;
    const auto answers = asked ? m_round.each(transaction, u"leases"_s, m_values) : std::vector<Answered>{};
    if (!plan().answering(u"leases"_s, u"leases"_s)) {
        reading.leases.gap = plan().capabilities.why(u"leases"_s);
        reading.leases.total = Count::notObservable(reading.leases.gap);
        return;
    }
    reading.leases.leases = leasesFrom(answers, m_definition.lease, m_identity.title, m_values.now);
    reading.leases.total = leaseTotal(answers, reading);
    const auto most = static_cast<size_t>(std::min(m_values.leaseLimit, m_values.heapCap));
    reading.leases.whole =
        reading.queues_not_shown == 0 &&
        std::ranges::all_of(answers, [most](const Answered& answer) { return answer.rows.size() < most; });
}

// The sum of what the queues say, where all of them do; otherwise what the leases say of themselves.
Count PostgresSystem::leaseTotal(const std::vector<Answered>& answers, const SystemReading& reading) const {
    auto sum = Count::exact(0);
    for (const auto& queue : reading.queues) {
        if (!queue.running.known()) {
            const auto seen = static_cast<qint64>(reading.leases.leases.size());
            return Count::lowerBound(leaseTotalFrom(answers).value_or(seen), queue.running.method);
        }
        sum.value = *sum.value + *queue.running.value;
        if (queue.running.provenance != Provenance::exact) {
            sum.provenance = weaker(sum.provenance, queue.running.provenance);
            sum.method = queue.running.method;
        }
    }
    if (reading.queues_not_shown > 0)
        return Count::lowerBound(*sum.value, u"more queues exist than are read"_s);
    return sum;
}

}  // namespace spillway
