// Replay and release of a mapped table's jobs. Where the mapping does not say what a change needs, there is a
// gap with the reason instead of a guess.
#include "backends/postgres/mapped/signals.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// One job each for {job_ids} and {job_versions}, moved where `condition` and the version still hold.
constexpr auto applySql =
    u"WITH wanted AS (SELECT w.id::%1 AS id, w.version, w.position FROM unnest({job_ids}, {job_versions}) "
    u"WITH "
    "ORDINALITY AS w(id, version, position)), moved AS (UPDATE {job} j SET %2 FROM wanted w WHERE %3 = w.id "
    "AND "
    "%4%5 AND %6 = w.version RETURNING %3 AS id) SELECT w.id::text AS id, CASE WHEN w.id IN (SELECT m.id "
    "FROM moved "
    "m) THEN 'moved' WHEN %3 IS NULL THEN 'gone' ELSE 'changed' END AS outcome, %7 AS undo_token FROM wanted "
    "w LEFT "
    "JOIN {job} j ON %3 = w.id ORDER BY w.position";

class ActingWriter {
public:
    ActingWriter(MappedQuestions& questions, const CatalogTable& table)
        : m_questions(questions), m_columns(questions.columns()), m_table(table) {}

    void write() {
        m_why = whyNotAtAll();
        if (m_why.isEmpty()) replay();
        if (!m_why.isEmpty()) gap(u"replay"_s);
        if (m_why.isEmpty()) undo();
        if (!m_why.isEmpty()) gap(u"undo"_s);
        m_why = whyNotAtAll();
        if (m_why.isEmpty()) release();
        if (!m_why.isEmpty()) gap(u"release"_s);
        if (whyNotAtAll().isEmpty()) facts();
    }

private:
    [[nodiscard]] bool has(const QString& key) const { return m_questions.has(key); }
    [[nodiscard]] QString name(const QString& key) const { return m_questions.mapping().columns.at(key); }
    void gap(const QString& action) { m_questions.system().gaps[action] = m_why; }

    [[nodiscard]] QString whyNotAtAll() const {
        if (!has(u"id"_s)) return MappedQuestions::unmapped(u"id"_s);
        if (!m_table.hasIndex({name(u"id"_s)}))
            return u"A change finds its job by %1, which has no index: make it the primary key."_s.arg(
                name(u"id"_s));
        if (has(u"status"_s) && m_questions.mapping().statusValues.count(u"ready"_s) == 0)
            return u"The mapping does not say which status a waiting job has: add status.ready."_s;
        return {};
    }

    // Assignments that make a job free to be taken; sets m_why where a column cannot be emptied.
    [[nodiscard]] QStringList freed() {
        QStringList set;
        if (has(u"status"_s))
            put(set, u"status"_s, quotedLiteral(m_questions.mapping().statusValues.at(u"ready"_s).front()));
        if (has(u"claimed"_s)) put(set, u"claimed"_s, u"false"_s);
        for (const auto& key : {u"claimed_at"_s, u"owner"_s, u"lease_until"_s}) empty(set, key);
        return set;
    }
    void put(QStringList& set, const QString& key, const QString& value) {
        set << quotedIdentifier(name(key)) + u" = "_s + value;
        m_written << m_questions.mapping().table + u'.' + name(key);
    }
    void empty(QStringList& set, const QString& key) {
        if (!has(key)) return;
        if (m_table.columns.at(name(key)).notNull)
            m_why = u"%1 would have to be emptied, and the table does not allow that."_s.arg(name(key));
        put(set, key, u"NULL"_s);
    }

    // xmin changes with every update of the row; the time of death says later that it has died anew. What
    // follows is the before-image of an undo.
    [[nodiscard]] QString version() const {
        QStringList parts;
        for (const auto& key : {u"failed_at"_s, u"xmin"_s, u"attempts"_s, u"finished_at"_s, u"status"_s})
            parts << (key == "xmin"_L1 ? u"j.xmin::text"_s
                      : has(key)       ? u"coalesce(%1::text, '')"_s.arg(m_columns.column(key))
                                       : u"''"_s);
        return u'(' + parts.join(u" || '|' || "_s) + u')';
    }
    // A column as the plan of the replay saw it, in its own type.
    [[nodiscard]] QString before(const QString& key, int part) const {
        return u"nullif(split_part(w.version, '|', %1), '')::%2"_s.arg(part).arg(m_columns.type(key));
    }
    [[nodiscard]] QString inQueue() const { return m_questions.queueText() + u" = {queue_name} AND "_s; }
    [[nodiscard]] QString id() const { return m_columns.column(u"id"_s); }
    // What replay leaves of the attempts: used up, one more; without a limit in the mapping they start again.
    [[nodiscard]] QString attemptsLeft() const {
        if (!has(u"max_attempts"_s)) return u"0"_s;
        return u"least(%1, greatest(%2 - 1, 0))"_s.arg(m_columns.column(u"attempts"_s),
                                                       m_columns.column(u"max_attempts"_s));
    }
    [[nodiscard]] QString attemptsText() const {
        return has(u"attempts"_s) ? u"(%1)::text"_s.arg(attemptsLeft()) : u"NULL::text"_s;
    }
    [[nodiscard]] QString remaining() const {
        return has(u"attempts"_s) && has(u"max_attempts"_s)
                   ? u"greatest(%1 - %2, 0)::bigint"_s.arg(m_columns.column(u"max_attempts"_s),
                                                           m_columns.column(u"attempts"_s))
                   : u"NULL::bigint"_s;
    }
    [[nodiscard]] QString error() const {
        return has(u"last_error"_s) ? u"left(%1::text, 2000)"_s.arg(m_columns.column(u"last_error"_s))
                                    : u"NULL::text"_s;
    }

    Question& ask(const QString& question, const QString& answer, const QString& sql) {
        auto& added = m_questions.add(question, {answer}, sql, false);
        added.checkPlan = false;
        return added;
    }
    void apply(const QString& action, const QStringList& set, const QString& condition, const QString& how,
               const QString& expected) {
        auto& question =
            ask(action + u"_apply"_s, action,
                QString::fromUtf16(applySql).arg(m_columns.type(u"id"_s), set.join(u", "_s), id(), inQueue(),
                                                 u'(' + condition + u')', expected, attemptsText()));
        question.writes = m_written;
        question.how = how;
    }
    // Where a job is deleted when it is done, one that is no longer there has gone on if others of its batch
    // were moved; alone it proves nothing.
    void readBack(const QString& action, const QString& untouched, const QString& moved) {
        const QString gone = m_columns.finished() == "false"_L1
                                 ? u"CASE WHEN bool_or(x.outcome = 'untouched') OVER () THEN 'gone' WHEN "
                                   "bool_or(x.outcome = 'moved') OVER () THEN 'moved' ELSE 'unknown' END"_s
                                 : u"'gone'"_s;
        ask(action + u"_read_back"_s, action + u"_reads_back"_s,
            u"SELECT x.id, CASE WHEN x.outcome <> 'gone' THEN x.outcome ELSE %6 END AS outcome FROM (SELECT "
            "w.id, CASE WHEN %1 IS NULL THEN 'gone' WHEN (%2) AND %3 = w.version THEN 'untouched' WHEN %4 "
            "THEN 'moved' ELSE 'changed' END AS outcome FROM unnest({job_ids}, {job_versions}) AS w(id, "
            "version) LEFT JOIN {job} j ON %1 = w.id::%5) x"_s.arg(id(), untouched, version(), moved,
                                                                   m_columns.type(u"id"_s), gone));
    }

    void replay() {
        if (m_columns.dead() == "false"_L1) {
            m_why =
                u"The mapping does not say when a job is dead: add columns.failed_at, status.dead or dead_when."_s;
            return;
        }
        m_written.clear();
        QStringList set = freed();
        if (!m_questions.mapping().deadWhenExhausted) empty(set, u"failed_at"_s);
        if (has(u"status"_s)) empty(set, u"finished_at"_s);
        if (has(u"run_at"_s)) put(set, u"run_at"_s, m_columns.bound(u"run_at"_s, u"now()"_s));
        if (has(u"attempts"_s)) put(set, u"attempts"_s, attemptsLeft());
        if (!m_why.isEmpty()) return;
        const QString at =
            has(u"failed_at"_s) ? m_columns.time(u"failed_at"_s) : u"'-infinity'::timestamptz"_s;
        ask(u"replay_plan"_s, u"replay_reads"_s,
            u"SELECT %1::text AS id, NULL::text AS kind, coalesce(%2, '-infinity') AS at, %3 AS error, %4 AS "
            u"version, 1::bigint AS "
            "remaining, false AS weak, false AS conflict FROM {job} j WHERE %5%6"_s.arg(
                id(), at, error(), version(), inQueue(), m_columns.dead()));
        apply(
            u"replay"_s, set, m_columns.dead(),
            u"the dead job is free again, due now and with at least one attempt, if its row is still as the plan saw it"_s,
            version());
        const QString anew = has(u"failed_at"_s)
                                 ? u"%1::text IS DISTINCT FROM split_part(w.version, '|', 1)"_s.arg(
                                       m_columns.column(u"failed_at"_s))
                                 : u"false"_s;
        readBack(u"replay"_s, m_columns.dead(), u"NOT (%1) OR %2"_s.arg(m_columns.dead(), anew));
        endings();
    }
    // Back into the dead, where the job still waits with the attempts that the replay left it.
    void undo() {
        if (!has(u"attempts"_s)) {
            m_why =
                u"Nothing in the mapping says whether a worker has taken a waiting job since: add "
                u"columns.attempts."_s;
            return;
        }
        m_written.clear();
        QStringList set;
        const auto& statuses = m_questions.mapping().statusValues;
        if (const auto dead = statuses.find(u"dead"_s); has(u"status"_s) && dead != statuses.end())
            put(set, u"status"_s,
                dead->second.size() == 1 ? quotedLiteral(dead->second.front()) : before(u"status"_s, 5));
        if (has(u"failed_at"_s) && !m_questions.mapping().deadWhenExhausted)
            put(set, u"failed_at"_s, before(u"failed_at"_s, 1));
        if (has(u"status"_s) && has(u"finished_at"_s))
            put(set, u"finished_at"_s, before(u"finished_at"_s, 4));
        put(set, u"attempts"_s, before(u"attempts"_s, 3));
        const QString attempts = m_columns.column(u"attempts"_s);
        const QString left = has(u"max_attempts"_s)
                                 ? u"least(%1, greatest(%2 - 1, 0))"_s.arg(
                                       before(u"attempts"_s, 3), m_columns.column(u"max_attempts"_s))
                                 : u"0"_s;
        const QString asReplayed = u"%1 AND %2 = %3"_s.arg(m_columns.waiting(), attempts, left);
        apply(
            u"undo"_s, set, asReplayed,
            u"a job that was put back and still waits is dead again, with its old time of death and attempts"_s,
            u"w.version"_s);
        ask(u"undo_read_back"_s, u"undo_reads_back"_s,
            u"SELECT w.id, CASE WHEN %1 THEN 'untouched' WHEN (%2) AND %3 IS NOT DISTINCT FROM %4 THEN "
            u"'moved' "
            u"ELSE "
            "'changed' END AS outcome FROM unnest({job_ids}, {job_versions}) AS w(id, version) JOIN {job} j "
            "ON "
            "%5 = w.id::%6"_s.arg(asReplayed, m_columns.dead(), attempts, before(u"attempts"_s, 3), id(),
                                  m_columns.type(u"id"_s)));
    }
    void endings() {
        const QString more = has(u"attempts"_s)
                                 ? u"%1 > nullif(w.token, '')::numeric"_s.arg(m_columns.column(u"attempts"_s))
                                 : u"false"_s;
        const QString missing = m_columns.finished() == "false"_L1 ? u"'completed'"_s : u"'vanished'"_s;
        ask(u"acting_endings"_s, u"acting_endings"_s,
            u"SELECT x.id, x.ending, CASE WHEN x.ending IN ('died', 'retrying') THEN x.error END AS error "
            u"FROM (SELECT "
            u"w.id, %1 AS error, CASE "
            "WHEN %2 IS NULL THEN %3 WHEN %4 THEN 'completed' WHEN %5 THEN 'died' WHEN %6 THEN 'running' "
            "WHEN %7 THEN 'retrying' ELSE "
            "'waiting' END AS ending FROM unnest({job_ids}, {job_versions}) AS w(id, token) LEFT JOIN {job} j ON %2 = w.id::%8) x"_s
                .arg(error(), id(), missing, m_columns.finished(), m_columns.dead(), m_columns.running(),
                     more, m_columns.type(u"id"_s)));
    }

    void release() {
        if (!has(u"claimed_at"_s) && !has(u"lease_until"_s)) {
            m_why =
                u"The mapping does not say since when, or until when, a job is claimed: add "
                u"columns.claimed_at or "
                "columns.lease_until."_s;
            return;
        }
        m_written.clear();
        const QStringList set = freed();
        if (!m_why.isEmpty()) return;
        const QString expired =
            has(u"lease_until"_s)
                ? u"coalesce(%1 < %2, false)"_s.arg(m_columns.column(u"lease_until"_s),
                                                    m_columns.bound(u"lease_until"_s, u"clock_timestamp()"_s))
                : u"false"_s;
        const QString at = m_columns.time(has(u"claimed_at"_s) ? u"claimed_at"_s : u"lease_until"_s);
        ask(u"release_plan"_s, u"release_reads"_s,
            u"SELECT %1::text AS id, NULL::text AS kind, coalesce(%2, '-infinity') AS at, NULL::text AS "
            u"error, %3 AS version, %4 AS "
            "remaining, NOT (%5) AS weak, false AS conflict FROM {job} j WHERE %6%7 AND ((%5) OR %1::text = ANY ({job_ids}))"_s
                .arg(id(), at, version(), remaining(), expired, inQueue(), m_columns.running()));
        apply(
            u"release"_s, set, m_columns.running(),
            has(u"lease_until"_s)
                ? u"a job whose lease has run out, or that is named, is free again, if its row is still as the plan saw it"_s
                : u"a job that is named is free again, if its row is still as the plan saw it; without "
                  u"columns.lease_until "
                  "nothing says which claims have expired"_s,
            version());
        readBack(u"release"_s, m_columns.running(), m_columns.waiting());
    }

    void facts() {
        ask(u"acting_facts"_s, u"acting_facts"_s,
            u"SELECT NULL::boolean AS paused, NULL::boolean AS live_worker, (SELECT count(*) FROM (SELECT "
            u"FROM {job} j WHERE %1%2 "
            "AND %3 LIMIT {ready_limit}) x) AS ready"_s.arg(inQueue(), m_columns.waiting(), m_columns.due()));
    }

    MappedQuestions& m_questions;
    const MappedColumns& m_columns;
    const CatalogTable& m_table;
    QStringList m_written;  // "table.column"
    QString m_why;
};

}  // namespace

void addMappedActing(MappedQuestions& questions, const CatalogTable& table) {
    ActingWriter(questions, table).write();
}

}  // namespace spillway
