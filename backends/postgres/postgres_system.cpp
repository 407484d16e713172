#include "backends/postgres/postgres_system.h"

#include <algorithm>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
namespace {

// What one poll may spend. An entry counted in an index costs about 0.25 µs, or 1 µs where its page is not
// all-visible; an entry whose row is needed 1 to 4 µs. Only time tells which: the caps follow it.
constexpr double countsBudget_ms = 8;
constexpr double deadBudget_ms = 4;
constexpr double firstCountedEntries = 20'000;
constexpr double firstReadRows = 2'000;
constexpr double flowEntries = 40'000;
constexpr qint64 highestFlowCap = 20'000, lowestFlowCap = 2'000;
constexpr qint64 highestCap = 10'000, lowestCap = 100;
constexpr qint64 highestHeapCap = 1'000, lowestHeapCap = 20;
// Above this many partitions planning through the parent costs more than naming each partition.
constexpr size_t partitionsThroughParent = 8;

QString displayName(const std::string& name) {
    const QByteArray bytes = QByteArray::fromStdString(name);
    const QString text = QString::fromUtf8(bytes);
    return text.toUtf8() == bytes ? text : visibleText(bytes);
}

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

}  // namespace

PostgresSystem::PostgresSystem(SystemIdentity identity, SystemDefinition definition, SchemaCatalog catalog,
                               QuestionPlan plan)
    : m_identity(std::move(identity)), m_definition(std::move(definition)), m_catalog(std::move(catalog)),
      m_plan(std::move(plan)) {
    m_values.schema = m_catalog.schema;
    m_values.schemaQuoted = m_catalog.quoted;
    if (const auto* jobs = m_catalog.table(m_definition.jobs)) m_values.jobs = jobs->quoted;
}

SystemReading PostgresSystem::read(ReadTransaction& transaction, FlowAccumulator& flow, double share) {
    SystemReading reading{m_identity, m_plan.capabilities, {}, 0, {}};
    m_values.now = transaction.moment().now;
    const auto window = flow.begin(m_values.now);
    m_values.since = window.since;
    m_values.until = window.until;
    throwIfOutgrown(transaction);
    const auto queues = readQueues(transaction, reading);
    startCaps(queues.size(), share);
    Answers answers;
    if (!queues.empty()) {
        readCounts(transaction, answers);
        askPlanner(transaction, answers, queues);
        readAges(transaction, answers);
        readFlow(transaction, answers, flow);
    }
    reading.workers = readWorkers(transaction);
    reading.queues.reserve(queues.size());
    for (const auto& queue : queues) reading.queues.push_back(assemble(answers, queue, flow));
    adaptCaps(answers, share);
    return reading;
}

Rows PostgresSystem::ask(ReadTransaction& transaction, const std::vector<const Question*>& variants) {
    const auto statement = statementFor(variants, m_values);
    if (statement.sql.empty()) return {};
    const auto& name = variants.front()->name;
    transaction.useIndexesOnly(!variants.front()->scan);
    const auto started = std::chrono::steady_clock::now();
    auto rows = transaction.query(statement.sql, statement.parameters,
                                  u"%1 of %2 in %3"_s.arg(name, m_identity.title, m_catalog.schema));
    const double elapsed =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
    m_elapsed_ms[name] += elapsed;
    m_roundTrip_ms = std::min(m_roundTrip_ms, elapsed);
    return rows;
}

// Scans and index probes need different settings of the planner: one statement for each kind.
std::vector<Rows> PostgresSystem::askAll(ReadTransaction& transaction, const QString& question) {
    std::vector<const Question*> scans, probes;
    for (const auto* variant : m_plan.named(question)) (variant->scan ? scans : probes).push_back(variant);
    std::vector<Rows> answers;
    for (const auto& variants : {scans, probes})
        if (!variants.empty()) answers.push_back(ask(transaction, variants));
    return answers;
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
                         u"Run detect to see what can be read now."_s});
}

// A table that was small enough to be read whole may not stay so.
void PostgresSystem::throwIfOutgrown(ReadTransaction& transaction) {
    const bool scans = std::any_of(m_plan.questions.begin(), m_plan.questions.end(),
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

std::vector<PostgresSystem::QueueRow> PostgresSystem::readQueues(ReadTransaction& transaction,
                                                                 SystemReading& reading) {
    std::vector<QueueRow> queues;
    m_values.queues.clear();
    for (const auto& rows : askAll(transaction, u"queues"_s))
        for (size_t i = 0; i < rows.size(); ++i) {
            const Row row = rows.at(i);
            const auto name = row.bytes("queue");
            if (const auto version = row.text("version"); !version.isEmpty() && version != m_identity.version)
                throwChanged(u"was migrated to version %1"_s.arg(version));
            if (!name) continue;
            queues.push_back({name->toStdString(), sourceFor(row.text("source")), row.boolean("paused")});
            m_values.queues[queues.back().source].push_back(queues.back().name);
            reading.queues_not_shown = row.integer("total").value_or(0);
        }
    reading.queues_not_shown =
        std::max<qint64>(0, reading.queues_not_shown - static_cast<qint64>(queues.size()));
    return queues;
}

void PostgresSystem::startCaps(size_t queues, double share) {
    m_elapsed_ms.clear();
    if (queues == m_queuesBefore) return;
    m_queuesBefore = queues;
    const auto n = static_cast<double>(std::max<size_t>(1, queues));
    m_values.cap = std::clamp(static_cast<qint64>(firstCountedEntries * share / n), lowestCap, highestCap);
    // Does not follow the cost: a rate that is cut off by a busy machine would be wrong just when it matters.
    m_values.flowCap = std::clamp(static_cast<qint64>(flowEntries * share / n), lowestFlowCap, highestFlowCap);
    m_values.heapCap =
        std::clamp(static_cast<qint64>(firstReadRows * share / n), lowestHeapCap, highestHeapCap);
}

void PostgresSystem::adaptCaps(const Answers& answers, double share) {
    bool capped = false;
    for (const auto& [queue, states] : answers.counts)
        for (const auto& [state, cell] : states) capped = capped || cell.capped;
    const auto spent = [&](const QString& question) {
        const auto it = m_elapsed_ms.find(question);
        return it == m_elapsed_ms.end() ? 0 : std::max(0.0, it->second - m_roundTrip_ms);
    };
    m_values.cap =
        adapted(m_values.cap, spent(u"counts"_s), countsBudget_ms * share, capped, lowestCap, highestCap);
    m_values.heapCap = adapted(m_values.heapCap, spent(u"dead_age"_s), deadBudget_ms * share,
                               answers.deadCapped, lowestHeapCap, highestHeapCap);
}

void PostgresSystem::readCounts(ReadTransaction& transaction, Answers& answers) {
    bool wanting = false;
    for (const auto& rows : askAll(transaction, u"counts"_s))
        for (size_t i = 0; i < rows.size(); ++i) {
            const Row row = rows.at(i);
            const auto name = row.bytes("queue");
            const auto n = row.integer("n");
            if (!name || !n) continue;
            // A wider variant may answer a state that an earlier one has answered: the first stays.
            answers.counts[name->toStdString()].try_emplace(row.text("state"), Cell{*n, row.flag("capped")});
            wanting = wanting || row.flag("capped");
        }
    for (const auto& state : countedStates()) wanting = wanting || !m_plan.answering(u"counts"_s, state);
    if (wanting) readCachedCounts(transaction, answers);
}

void PostgresSystem::readCachedCounts(ReadTransaction& transaction, Answers& answers) {
    for (const auto& rows : askAll(transaction, u"cached_counts"_s))
        for (size_t i = 0; i < rows.size(); ++i) {
            const Row row = rows.at(i);
            const auto name = row.bytes("queue");
            const auto n = row.integer("n");
            const auto asOf = row.time("as_of");
            if (name && n && asOf) answers.cached[name->toStdString()][row.text("state")] = {*n, *asOf};
        }
}

void PostgresSystem::askPlanner(ReadTransaction& transaction, const Answers& answers,
                                const std::vector<QueueRow>& queues) {
    std::vector<CappedCount> wanted;
    for (const auto& queue : queues) {
        const auto states = answers.counts.find(queue.name);
        if (states == answers.counts.end()) continue;
        for (const auto& [state, cell] : states->second)
            if (cell.capped) wanted.push_back({queue.name, state, queue.source});
    }
    m_estimates.refresh(transaction, m_plan.planner, wanted, m_values);
}

void PostgresSystem::readAges(ReadTransaction& transaction, Answers& answers) {
    const auto measured = [](std::optional<ServerTime> at, bool capped) {
        if (!at) return Measured<ServerTime>::notObservable(u"there is no such job"_s);
        return capped ? Measured<ServerTime>::lowerBound(
                            *at, u"the oldest of those looked at; an older one may exist"_s)
                      : Measured<ServerTime>::exact(*at);
    };
    for (const auto& rows : askAll(transaction, u"oldest"_s))
        for (size_t i = 0; i < rows.size(); ++i) {
            const Row row = rows.at(i);
            if (const auto name = row.bytes("queue"))
                answers.oldest[name->toStdString()] =
                    measured(row.time("oldest_ready_at"), row.flag("capped"));
        }
    for (const auto& rows : askAll(transaction, u"dead_age"_s))
        for (size_t i = 0; i < rows.size(); ++i) {
            const Row row = rows.at(i);
            const auto name = row.bytes("queue");
            if (!name) continue;
            answers.deadCapped = answers.deadCapped || row.flag("capped");
            answers.oldestDead[name->toStdString()] = measured(row.time("oldest"), row.flag("capped"));
            if (const auto lost = row.integer("lost_24h"))
                answers.lost[name->toStdString()] =
                    row.flag("capped") ? Count::lowerBound(*lost, u"of the dead jobs looked at"_s)
                                       : Count::exact(*lost);
        }
}

void PostgresSystem::readFlow(ReadTransaction& transaction, Answers& answers, FlowAccumulator& flow) {
    for (const auto* variant : m_plan.named(u"flow"_s)) {
        const auto rows = ask(transaction, {variant});
        for (size_t i = 0; i < rows.size(); ++i) {
            const Row row = rows.at(i);
            const auto name = row.bytes("queue");
            if (!name) continue;
            if (variant->basis == FlowBasis::rows) {
                flow.add(name->toStdString(), row);
                continue;
            }
            for (const auto* column : {"enqueued", "completed", "died"})
                if (const auto n = row.integer(column)) answers.counters[name->toStdString()][column] = *n;
        }
    }
}

WorkersReading PostgresSystem::readWorkers(ReadTransaction& transaction) {
    const auto* question = m_plan.answering(u"workers"_s, u"workers"_s);
    const auto unknown = [](const QString& why) {
        return WorkersReading{Count::notObservable(why), Count::notObservable(why),
                              Count::notObservable(why)};
    };
    if (!question) return unknown(m_plan.capabilities.why(u"workers"_s));
    const auto rows = ask(transaction, {question});
    if (rows.size() == 0 && !question->emptyMeans.isEmpty()) return unknown(question->emptyMeans);
    qint64 live = 0, concurrency = 0, busy = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows.at(i);
        if (!row.flag("alive")) continue;
        ++live;
        concurrency += row.integer("concurrency").value_or(0);
        busy += row.integer("busy").value_or(0);
    }
    return {Count::exact(live), Count::exact(concurrency), Count::exact(busy)};
}

Count PostgresSystem::count(const Answers& answers, const QueueRow& queue, const QString& state) {
    const auto* question = m_plan.answering(u"counts"_s, state);
    std::optional<Cell> cell;
    if (question) {
        cell = Cell{};  // a variant that groups has no row for an empty state
        if (const auto q = answers.counts.find(queue.name); q != answers.counts.end())
            if (const auto s = q->second.find(state); s != q->second.end()) cell = s->second;
    }
    if (cell && !cell->capped) return Count::exact(cell->n);
    const qint64 atLeast = cell ? cell->n : -1;
    if (const auto q = answers.cached.find(queue.name); q != answers.cached.end())
        if (const auto s = q->second.find(state);
            s != q->second.end() && m_values.now - s->second.asOf < 5min && s->second.n >= atLeast)
            return Count::estimated(
                s->second.n, u"%1, %2 old"_s.arg(m_plan.answering(u"cached_counts"_s, state)->how,
                                                 durationText(secondsBetween(s->second.asOf, m_values.now))));
    if (!cell)
        return Count::notObservable(m_plan.capabilities.observable(state)
                                        ? u"The system's own count is missing or more than 5 minutes old."_s
                                        : m_plan.capabilities.why(state));
    const auto estimate = m_estimates.rows(queue.name, state);
    if (estimate && *estimate > cell->n)
        return Count::estimated(
            *estimate, u"the planner's estimate; counting stopped at %1"_s.arg(exactCountText(cell->n)));
    return Count::lowerBound(cell->n, u"counting stopped there to spare the server"_s);
}

FlowTotals PostgresSystem::flowTotals(const Answers& answers, const std::string& queue,
                                      const FlowAccumulator& flow) const {
    const auto total = [&](const QString& signal, const char* column) {
        const auto* question = m_plan.answering(u"flow"_s, signal);
        if (!question) return Count::notObservable(m_plan.capabilities.why(signal));
        Count value = flow.total(queue, column);
        if (question->basis == FlowBasis::counter) {
            const auto q = answers.counters.find(queue);
            if (q == answers.counters.end() || !q->second.contains(column))
                return Count::notObservable(u"no counter was read for this queue"_s);
            value = Count::exact(q->second.at(column));
        }
        return question->estimated.isEmpty() ? value : Count::estimated(*value.value, question->estimated);
    };
    const auto attempts = u"%1 records no totals of attempts started"_s.arg(m_identity.title);
    return {total(u"arrival_rate"_s, "enqueued"), Count::notObservable(attempts),
            Count::notObservable(attempts),       Count::notObservable(attempts),
            total(u"drain_rate"_s, "completed"),  total(u"drain_rate"_s, "died")};
}

QueueReading PostgresSystem::assemble(const Answers& answers, const QueueRow& queue,
                                      const FlowAccumulator& flow) {
    const auto lookUp = [&](const auto& map, const QString& question, const QString& signal, auto absent) {
        using Value = typename std::decay_t<decltype(map)>::mapped_type;
        if (!m_plan.answering(question, signal)) return Value::notObservable(m_plan.capabilities.why(signal));
        const auto it = map.find(queue.name);
        return it == map.end() ? absent : it->second;
    };
    const auto none = Measured<ServerTime>::notObservable(u"there is no such job"_s);
    QueueReading reading;
    reading.queue = displayName(queue.name);
    reading.paused = queue.paused;
    reading.ready = count(answers, queue, u"ready"_s);
    reading.scheduled = count(answers, queue, u"scheduled"_s);
    reading.retrying = count(answers, queue, u"retrying"_s);
    reading.running = count(answers, queue, u"running"_s);
    reading.dead = count(answers, queue, u"dead"_s);
    reading.overdue = m_definition.always.contains(u"overdue"_s)
                          ? Count::exact(0)
                          : Count::notObservable(m_plan.capabilities.why(u"overdue"_s));
    reading.oldest_ready_at = lookUp(answers.oldest, u"oldest"_s, u"oldest_age_s"_s, none);
    reading.oldest_dead_at = lookUp(answers.oldestDead, u"dead_age"_s, u"dead_oldest_age_s"_s, none);
    reading.lost_next_24h = lookUp(answers.lost, u"dead_age"_s, u"lost_next_24h"_s, Count::exact(0));
    reading.flow = flowTotals(answers, queue.name, flow);
    reading.max_attempts_mean = Ratio::notObservable(u"the attempts limits are not read from PostgreSQL yet"_s);
    return reading;
}

}  // namespace spillway
