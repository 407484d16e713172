#include "backends/postgres/mapped/definition.h"

#include "backends/postgres/claims/log.h"
#include "backends/postgres/mapped/signals.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Writes what the backlog needs: counts, ages, arrivals and drain. Small tables are read in one pass; for
// large ones each number is probed on its own and its plan is looked at before it is trusted.
class Writer : private MappedQuestions {
public:
    using MappedQuestions::MappedQuestions;

    void write() {
        queues();
        counts();
        oldest();
        flow();
        gaps();
        addMappedSignals(*this);
        addMappedDeadLetters(*this);
        addMappedActing(*this, m_table);
    }

private:
    void queues() {
        if (!m_byQueue) {
            add(u"queues"_s, {}, u"SELECT %1 AS queue, 1 AS total"_s.arg(queueText()), false).checkPlan =
                false;
            return;
        }
        add(u"queues"_s, {u"queues"_s},
            u"SELECT s.queue, count(*) OVER () AS total FROM (SELECT DISTINCT %1 AS queue FROM {job} j) s "
            u"ORDER BY s.queue "
            "LIMIT {queue_limit}"_s.arg(queueText()),
            true);
        const QString column = m_columns.column(u"queue"_s);
        const QString next = u"SELECT %1 FROM {job} j WHERE %1 %2 ORDER BY %1 LIMIT 1"_s;
        add(u"queues"_s, {u"queues"_s},
            u"WITH RECURSIVE t(queue) AS ((%1) UNION ALL SELECT (%2) FROM t WHERE t.queue IS NOT NULL) "
            u"SELECT t.queue::text AS queue, "
            "count(*) OVER () AS total FROM t WHERE t.queue IS NOT NULL LIMIT {queue_limit}"_s.arg(
                next.arg(column, u"IS NOT NULL"_s), next.arg(column, u"> t.queue"_s)),
            false)
            .checkPlan = false;
    }

    void counts() {
        const QStringList all{u"ready"_s, u"scheduled"_s, u"retrying"_s, u"running"_s, u"dead"_s};
        add(u"counts"_s, all,
            u"SELECT s.queue, s.state, count(*) AS n, false AS capped FROM (SELECT %1 AS queue, CASE WHEN %2 "
            u"THEN 'done' WHEN %3 THEN "
            "'dead' WHEN %4 THEN 'running' WHEN %5 AND %6 THEN 'ready' WHEN %5 AND %7 THEN 'retrying' WHEN "
            "%5 THEN 'scheduled' END AS "
            "state FROM {job} j) s WHERE s.state <> 'done' GROUP BY s.queue, s.state"_s.arg(
                queueText(), m_columns.finished(), m_columns.dead(), m_columns.running(), m_columns.waiting(),
                m_columns.due(), m_columns.tried()),
            true);
        probe(u"ready"_s, m_columns.waiting() + u" AND "_s + m_columns.due());
        probe(u"scheduled"_s,
              u"%1 AND %2 AND NOT %3"_s.arg(m_columns.waiting(), m_columns.later(), m_columns.tried()));
        probe(u"retrying"_s,
              u"%1 AND %2 AND %3"_s.arg(m_columns.waiting(), m_columns.later(), m_columns.tried()));
        probe(u"running"_s, m_columns.running());
        probe(u"dead"_s, m_columns.dead());
    }
    void probe(const QString& state, const QString& condition) {
        m_system.planner[state] = condition;
        add(u"counts"_s, {state},
            u"SELECT q.queue, '%1' AS state, c.n, c.n >= {cap} AS capped FROM {queues} AS q(queue) CROSS "
            u"JOIN LATERAL (SELECT count(*) "
            "AS n FROM (SELECT FROM {job} j WHERE %2%3 LIMIT {cap}) x) AS c"_s.arg(state, inQueue(),
                                                                                   condition),
            false);
    }

    void oldest() {
        const QString at = m_columns.readyAt();
        if (at.isEmpty()) return;
        const QString ready = m_columns.waiting() + u" AND "_s + m_columns.due();
        add(u"oldest"_s, {u"oldest_age_s"_s},
            u"SELECT %1 AS queue, min(%2) AS oldest_ready_at, false AS capped FROM {job} j WHERE %3 GROUP BY 1"_s
                .arg(queueText(), at, ready),
            true);
        const QString order = m_columns.column(m_columns.has(u"run_at"_s) ? u"run_at"_s : u"enqueued_at"_s);
        add(u"oldest"_s, {u"oldest_age_s"_s}, first(u"oldest_ready_at"_s, at, ready, order), false);
    }
    [[nodiscard]] QString first(const QString& name, const QString& value, const QString& condition,
                                const QString& order) const {
        return u"SELECT q.queue, o.at AS %1, false AS capped FROM {queues} AS q(queue) LEFT JOIN LATERAL "
               u"(SELECT %2 AS at FROM {job} j "
               "WHERE %3%4 ORDER BY %5 LIMIT 1) AS o ON true"_s.arg(name, value, inQueue(), condition, order);
    }

    [[nodiscard]] QString within(const QString& key) const {
        return u"%1 > %2 AND %1 <= %3"_s.arg(m_columns.column(key), m_columns.bound(key, u"{since}"_s),
                                             m_columns.bound(key, u"{until}"_s));
    }
    void flow() {
        QStringList answers, sums;
        const auto take = [&](const QString& key, const QString& name, const QString& condition) {
            sums << u"count(*) FILTER (WHERE %1%2) AS %3"_s.arg(within(key), condition, name);
        };
        if (m_columns.has(u"enqueued_at"_s)) {
            answers << u"arrival_rate"_s;
            take(u"enqueued_at"_s, u"enqueued"_s, {});
        }
        if (m_columns.has(u"finished_at"_s)) {
            answers << u"drain_rate"_s;
            take(u"finished_at"_s, u"completed"_s, notDead());
            if (m_columns.has(u"failed_at"_s)) take(u"failed_at"_s, u"died"_s, u" AND "_s + m_columns.dead());
        }
        if (!answers.isEmpty())
            add(u"flow"_s, answers,
                u"SELECT %1 AS queue, false AS capped, %2 FROM {job} j GROUP BY 1"_s.arg(queueText(),
                                                                                         sums.join(u", "_s)),
                true)
                .how = u"jobs whose times lie between two polls"_s;
        arrivalProbe();
        drainProbe();
        sequence();
    }
    // With a status column finished_at may also be the time of death.
    [[nodiscard]] QString notDead() const {
        return m_columns.has(u"status"_s) ? u" AND NOT "_s + m_columns.dead() : QString();
    }
    [[nodiscard]] QString windowCount(const QString& key, const QString& condition) const {
        return u"(SELECT count(*) FROM (SELECT FROM {job} j WHERE %1%2%3 LIMIT {flow_cap}) x)"_s.arg(
            inQueue(), within(key), condition);
    }
    void arrivalProbe() {
        if (!m_columns.has(u"enqueued_at"_s)) return;
        add(u"flow"_s, {u"arrival_rate"_s},
            u"SELECT s.*, s.enqueued >= {flow_cap} AS capped FROM (SELECT q.queue, %1 AS enqueued FROM {queues} AS q(queue)) s"_s
                .arg(windowCount(u"enqueued_at"_s, {})),
            false);
    }
    void drainProbe() {
        if (!m_columns.has(u"finished_at"_s)) return;
        const QString died = m_columns.has(u"failed_at"_s)
                                 ? windowCount(u"failed_at"_s, u" AND "_s + m_columns.dead())
                                 : u"0"_s;
        add(u"flow"_s, {u"drain_rate"_s},
            u"SELECT s.*, s.completed >= {flow_cap} OR s.died >= {flow_cap} AS capped FROM (SELECT q.queue, "
            u"%1 AS "
            u"completed, %2 AS died FROM "
            "{queues} AS q(queue)) s"_s.arg(windowCount(u"finished_at"_s, notDead()), died),
            false);
    }
    // Numbered jobs tell how many were ever inserted, but not into which queue.
    void sequence() {
        static const QStringList whole{u"smallint"_s, u"integer"_s, u"bigint"_s};
        if (m_byQueue || !m_columns.has(u"id"_s) || !whole.contains(m_columns.type(u"id"_s))) return;
        const QString id = m_columns.column(u"id"_s);
        auto& question = add(
            u"flow"_s, {u"arrival_rate"_s},
            u"SELECT %1 AS queue, CASE WHEN has_sequence_privilege(s.name, 'SELECT') THEN "
            u"pg_sequence_last_value(s.name::regclass) ELSE "
            "(SELECT %2::bigint FROM {job} j ORDER BY %2 DESC LIMIT 1) END AS enqueued, false AS capped FROM "
            "(SELECT "
            "pg_get_serial_sequence(%3, %4) AS name) s"_s.arg(queueText(), id, quotedLiteral(m_table.quoted),
                                                              quotedLiteral(m_mapping.columns.at(u"id"_s))),
            false);
        question.basis = FlowBasis::counter;
        question.estimated = u"numbers given out for %1: an insert rolled back counts too"_s.arg(
            m_mapping.columns.at(u"id"_s));
        question.checkPlan = false;
    }

    void gaps() {
        const auto index = [&](const QString& columns, const QString& condition) {
            return proposedIndex(columns, condition);
        };
        const auto pick = [&](std::initializer_list<const char*> keys) {
            for (const auto* key : keys)
                if (m_columns.has(QString::fromLatin1(key)))
                    return m_columns.column(QString::fromLatin1(key));
            return u"id"_s;
        };
        auto& gaps = m_system.gaps;
        for (const auto& signal : {u"ready"_s, u"scheduled"_s, u"retrying"_s, u"oldest_age_s"_s})
            gaps[signal] = index(pick({"run_at", "enqueued_at", "id"}), m_columns.waiting());
        gaps[u"running"_s] = index(pick({"claimed_at", "id"}), m_columns.running());
        gaps[u"dead"_s] = index(pick({"failed_at", "id"}), m_columns.dead());
        if (m_columns.readyAt().isEmpty())
            gaps[u"oldest_age_s"_s] = unmapped(u"run_at or columns.enqueued_at"_s);
        gaps[u"arrival_rate"_s] = m_columns.has(u"enqueued_at"_s)
                                      ? index(m_columns.column(u"enqueued_at"_s), u"true"_s)
                                      : unmapped(u"enqueued_at"_s);
        gaps[u"drain_rate"_s] = m_columns.has(u"finished_at"_s)
                                    ? index(m_columns.column(u"finished_at"_s),
                                            m_columns.column(u"finished_at"_s) + u" IS NOT NULL"_s)
                                    : unmapped(u"finished_at"_s);
        gaps[u"workers"_s] = u"A jobs table keeps no register of its workers."_s;
        gaps[u"paused"_s] = u"A mapping has no pause flag."_s;
        gaps[u"lost_next_24h"_s] = u"A mapping says nothing about how long dead jobs are kept."_s;
        m_system.always[u"overdue"_s] = u"due jobs count as ready at once"_s;
        m_system.planner[u"queue"_s] =
            m_byQueue ? u"%1 = {queue}::%2"_s.arg(m_columns.column(u"queue"_s), m_columns.type(u"queue"_s))
                      : u"{queue} IS NOT NULL"_s;
    }
};

}  // namespace

SystemDefinition mappedSkeleton(const TableMapping& mapping, const QString& schema) {
    SystemDefinition system;
    system.name = u"mapped:"_s + mapping.name;
    system.title = schema == "public"_L1 ? u"table %1"_s.arg(mapping.table)
                                         : u"table %1.%2"_s.arg(schema, mapping.table);
    system.tables = {mapping.table};
    system.alsoTables = {claimLogTable(mapping.table)};
    system.jobs = mapping.table;
    system.nameSpace = schema + u'.' + mapping.table;
    return system;
}

Outcome<SystemDefinition> mappedDefinition(const TableMapping& mapping, const SchemaCatalog& catalog) {
    auto system = mappedSkeleton(mapping, catalog.schema);
    const auto* table = catalog.table(mapping.table);
    if (!table) return Failure{FailureKind::usage, u"There is no table %1."_s.arg(system.nameSpace), {}, {}};
    if (const auto misfit = MappedColumns(mapping, *table).misfit()) return *misfit;
    Writer(mapping, *table, system).write();
    if (catalog.table(claimLogTable(mapping.table))) {
        addClaimLog(mapping, system);
        system.triggers << claimLogTable(mapping.table);
    }
    return system;
}

}  // namespace spillway
