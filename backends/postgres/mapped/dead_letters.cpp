#include "backends/postgres/mapped/signals.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// An id that cannot be one finds nothing, rather than failing.
QString sameId(const QString& column, const QString& type) {
    if (type == "smallint"_L1 || type == "integer"_L1 || type == "bigint"_L1)
        return u"%1 = CASE WHEN {id} ~ '^-?[0-9]{1,18}$' THEN {id}::bigint END"_s.arg(column);
    if (type == "uuid"_L1)
        return u"%1 = CASE WHEN {id} ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN {id}::uuid END"_s
            .arg(column);
    if (type == "text"_L1 || type.startsWith("character varying"_L1)) return u"%1 = {id}"_s.arg(column);
    return u"%1::text = {id}"_s.arg(column);
}

class DeadLetterWriter {
public:
    explicit DeadLetterWriter(MappedQuestions& questions)
        : m_questions(questions), m_columns(questions.columns()) {}

    void write() {
        ages();
        letters();
    }

private:
    [[nodiscard]] bool has(const QString& key) const { return m_questions.has(key); }

    void ages() {
        auto& gaps = m_questions.system().gaps;
        gaps[u"purge_next"_s] = u"A mapping says nothing about how long dead jobs are kept."_s;
        if (!has(u"failed_at"_s)) {
            gaps[u"dead_oldest_age_s"_s] = gaps[u"dead_ages"_s] = MappedQuestions::unmapped(u"failed_at"_s);
            return;
        }
        const QString column = m_columns.column(u"failed_at"_s);
        gaps[u"dead_oldest_age_s"_s] = gaps[u"dead_ages"_s] =
            m_questions.proposedIndex(column, m_columns.dead());
        const QStringList answers{u"dead_oldest_age_s"_s, u"dead_ages"_s};
        const QString known = m_columns.dead() + u" AND %1 IS NOT NULL"_s.arg(column);
        const QString row = u"%1 AS at"_s.arg(m_columns.time(u"failed_at"_s));
        m_questions.addBoth(
            u"dead_age"_s, answers,
            u"SELECT x.queue, min(x.at) AS oldest, false AS capped, {dead_ages} FROM (SELECT %1 AS queue, %2 "
            "FROM {job} j WHERE %3) x GROUP BY x.queue"_s.arg(m_questions.queueText(), row, m_columns.dead()),
            u"SELECT q.queue, d.*, d.n >= {heap_cap} AS capped FROM {queues} AS q(queue) CROSS JOIN LATERAL "
            "(SELECT count(*) AS n, min(x.at) AS oldest, {dead_ages} FROM (SELECT %1 FROM {job} j WHERE %2%3 "
            "ORDER BY %4 LIMIT {heap_cap}) x) AS d"_s.arg(row, m_questions.inQueue(), known, column),
            10);
        auto& sample =
            m_questions.add(u"dead_age_sample"_s, {u"dead_ages"_s},
                            u"SELECT x.queue, {dead_ages} FROM (SELECT %1 AS queue, %2 FROM {job} j "
                            "TABLESAMPLE SYSTEM ({sample_percent}) REPEATABLE (0) WHERE %3) x "
                            "GROUP BY x.queue"_s.arg(m_questions.queueText(), row, known),
                            false);
        sample.checkPlan = false;
        sample.every_s = 60;
        sample.how.clear();
        sample.estimated = u"from the dead jobs on about 200 random pages of the table"_s;
    }

    // Where no time of death is mapped they all died "at the beginning", in no order.
    [[nodiscard]] QString diedAt() const {
        return has(u"failed_at"_s) ? m_columns.time(u"failed_at"_s) : u"'-infinity'::timestamptz"_s;
    }
    [[nodiscard]] QString text(const QString& key, int most) const {
        return has(key) ? u"left(%1::text, %2)"_s.arg(m_columns.column(key)).arg(most) : u"NULL::text"_s;
    }
    [[nodiscard]] QString number(const QString& key) const {
        return has(key) ? m_columns.column(key) : u"NULL::bigint"_s;
    }
    [[nodiscard]] QString time(const QString& key) const {
        return has(key) ? m_columns.time(key) : u"NULL::timestamptz"_s;
    }
    [[nodiscard]] QString row() const {
        QStringList seen;
        for (const auto& key : {u"failed_at"_s, u"attempts"_s, u"status"_s})
            if (has(key)) seen << m_columns.column(key) + u"::text"_s;
        const QStringList columns{
            text(u"id"_s, 200) + u" AS id"_s,
            m_questions.queueText() + u" AS queue"_s,
            u"NULL::text AS kind"_s,
            diedAt() + u" AS died_at"_s,
            number(u"attempts"_s) + u" AS attempts"_s,
            number(u"max_attempts"_s) + u" AS max_attempts"_s,
            text(u"last_error"_s, 2000) + u" AS error"_s,
            (has(u"payload"_s) ? u"pg_column_size(%1)"_s.arg(m_columns.column(u"payload"_s))
                               : u"NULL::bigint"_s) +
                u" AS payload_bytes"_s,
            (seen.isEmpty() ? u"NULL::text"_s : u"concat_ws(' ', %1)"_s.arg(seen.join(u", "_s))) +
                u" AS version"_s};
        return columns.join(u", "_s);
    }

    void letters() {
        auto& gap = m_questions.system().gaps[u"dead_jobs"_s];
        gap = MappedQuestions::unmapped(u"id"_s);
        if (!has(u"id"_s)) return;
        const QString sql = u"SELECT %1 FROM {job} j WHERE %2"_s.arg(row(), m_columns.dead());
        m_questions.add(u"dead"_s, {u"dead_jobs"_s}, sql, true).how = u"the table is small"_s;
        if (has(u"failed_at"_s)) {
            gap = m_questions.proposedIndex(m_columns.column(u"failed_at"_s), m_columns.dead());
            indexed(sql, {});
            if (has(u"queue"_s)) indexed(sql, m_questions.mapping().columns.at(u"queue"_s));
        }
        one();
    }
    void indexed(const QString& sql, const QString& before) {
        auto& question = m_questions.add(u"dead"_s, {u"dead_jobs"_s}, sql, false);
        question.checkPlan = false;  // without order and limit its plan says nothing
        IndexColumns columns;
        if (!before.isEmpty()) columns.push_back(before);
        columns.push_back(m_questions.mapping().columns.at(u"failed_at"_s));
        question.indexes = {columns};
    }
    void one() {
        const QString payload = has(u"payload"_s) ? m_columns.column(u"payload"_s) : u"NULL::text"_s;
        const QString sql =
            u"SELECT %1, CASE WHEN coalesce(pg_column_size(%2), 0) < 20000000 THEN left(%2::text, 1048576) "
            u"END AS "
            "payload, %3 AS enqueued_at, %4 AS scheduled_at, %5 AS started_at FROM {job} j WHERE %6 AND %7 LIMIT 1"_s
                .arg(row(), payload, time(u"enqueued_at"_s), time(u"run_at"_s), time(u"claimed_at"_s),
                     m_columns.dead(), sameId(m_columns.column(u"id"_s), m_columns.type(u"id"_s)));
        m_questions.add(u"dead_job"_s, {}, sql, false).checkPlan = false;
    }

    MappedQuestions& m_questions;
    const MappedColumns& m_columns;
};

}  // namespace

void addMappedDeadLetters(MappedQuestions& questions) {
    DeadLetterWriter(questions).write();
}

}  // namespace spillway
