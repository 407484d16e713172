#include "backends/postgres/mapped/signals.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// SQL with places {…} of our own beside those that the engine fills.
class Sql {
public:
    explicit Sql(QString text) : m_text(std::move(text)) {}
    Sql& with(const QString& place, const QString& value) {
        m_text.replace(u'{' + place + u'}', value);
        return *this;
    }
    [[nodiscard]] QString text() const { return m_text; }

private:
    QString m_text;
};

class SignalWriter {
public:
    explicit SignalWriter(MappedQuestions& questions)
        : m_questions(questions), m_columns(questions.columns()) {}

    void write() {
        retryDue();
        attempts();
        leases();
        runTime();
        exhausted();
        auto& gaps = m_questions.system().gaps;
        gaps[u"amplification"_s] =
            u"A jobs table keeps no record of each attempt. The claim log does, where the table counts attempts."_s;
        gaps[u"claims"_s] = gaps[u"duplicate_claims"_s] =
            u"A jobs table keeps only the last claim. The claim log (a trigger and a small table that "
            u"Spillway "
            "proposes) makes every claim visible."_s;
    }

private:
    [[nodiscard]] bool has(const QString& key) const { return m_questions.has(key); }
    [[nodiscard]] QString column(const QString& key) const { return m_columns.column(key); }
    [[nodiscard]] QString filled(const QString& sql) const {
        return Sql(sql)
            .with(u"queue_text"_s, m_questions.queueText())
            .with(u"in_queue"_s, m_questions.inQueue())
            .text();
    }
    [[nodiscard]] QString live() const {
        return u"NOT coalesce(%1, false) AND NOT coalesce(%2, false)"_s.arg(m_columns.finished(),
                                                                            m_columns.dead());
    }

    void retryDue() {
        auto& gap = m_questions.system().gaps[u"retry_due"_s];
        if (!has(u"run_at"_s)) {
            gap = MappedQuestions::unmapped(u"run_at"_s);
            return;
        }
        if (m_columns.tried() == "false"_L1) {
            gap = MappedQuestions::unmapped(u"attempts"_s);
            return;
        }
        const QString due = m_columns.time(u"run_at"_s), order = column(u"run_at"_s);
        const QString waiting = m_columns.waiting() + u" AND "_s + m_columns.later();
        gap = m_questions.proposedIndex(order, m_columns.waiting());
        m_questions.addBoth(
            u"retry_due"_s, {u"retry_due"_s},
            filled(Sql(u"SELECT {queue_text} AS queue, date_trunc('minute', {due}) AS due, count(*) AS n, "
                       u"false AS "
                       "capped FROM {job} j WHERE {waiting} AND {tried} GROUP BY 1, 2"_s)
                       .with(u"due"_s, due)
                       .with(u"waiting"_s, waiting)
                       .with(u"tried"_s, m_columns.tried())
                       .text()),
            filled(
                Sql(u"SELECT q.queue, d.due, d.n, d.walked >= {retry_row_cap} AS capped FROM {queues} AS "
                    u"q(queue) CROSS "
                    "JOIN LATERAL (SELECT date_trunc('minute', x.due) AS due, count(*) FILTER (WHERE "
                    "x.tried) AS "
                    "n, sum(count(*)) OVER () AS walked FROM (SELECT {due} AS due, {tried} AS tried FROM "
                    "{job} j "
                    "WHERE {in_queue}{waiting} ORDER BY {order} LIMIT {retry_row_cap}) x GROUP BY 1) AS d"_s)
                    .with(u"due"_s, due)
                    .with(u"waiting"_s, waiting)
                    .with(u"order"_s, order)
                    .with(u"tried"_s, m_columns.tried())
                    .text()),
            5);
    }

    void attempts() {
        auto& gap = m_questions.system().gaps[u"potential_amplification"_s];
        gap = MappedQuestions::unmapped(u"max_attempts"_s);
        if (!has(u"max_attempts"_s)) return;
        gap = m_questions.proposedIndex(column(has(u"run_at"_s) ? u"run_at"_s : u"max_attempts"_s),
                                        m_columns.waiting());
        const QString mean =
            u"avg(greatest(%1, 1)) AS max_attempts, count(*) AS n"_s.arg(column(u"max_attempts"_s));
        m_questions.addBoth(
            u"attempts"_s, {u"potential_amplification"_s},
            filled(
                Sql(u"SELECT {queue_text} AS queue, {mean}, false AS capped FROM {job} j WHERE {live} GROUP BY 1"_s)
                    .with(u"mean"_s, mean)
                    .with(u"live"_s, live())
                    .text()),
            filled(Sql(u"SELECT q.queue, a.max_attempts, a.n, true AS capped FROM {queues} AS q(queue) CROSS "
                       u"JOIN "
                       "LATERAL (SELECT avg(greatest(x.most, 1)) AS max_attempts, count(*) AS n FROM (SELECT "
                       "{most} AS "
                       "most FROM {job} j WHERE {in_queue}{waiting} LIMIT {heap_cap}) x) AS a"_s)
                       .with(u"most"_s, column(u"max_attempts"_s))
                       .with(u"waiting"_s, m_columns.waiting())
                       .text()),
            15);
    }

    void leaseRule() {
        auto& lease = m_questions.system().lease;
        if (has(u"lease_until"_s))
            lease.expiry = u"the table's own %1"_s.arg(m_questions.mapping().columns.at(u"lease_until"_s));
        lease.fencing =
            u"Whether a late worker is held back depends on the application: its last UPDATE has to check "
            "the owner or the claim time."_s;
    }

    // The columns of one claim; what is not mapped is null.
    [[nodiscard]] QString leaseRow() const {
        const auto time = [&](const QString& key) {
            return has(key) ? m_columns.time(key) : u"NULL::timestamptz"_s;
        };
        const auto text = [&](const QString& key) {
            return has(key) ? u"left(%1::text, 200)"_s.arg(column(key)) : u"NULL::text"_s;
        };
        QStringList seen;
        for (const auto& key : {u"owner"_s, u"claimed_at"_s, u"lease_until"_s, u"attempts"_s})
            if (has(key)) seen << column(key) + u"::text"_s;
        return Sql(u"{id} AS id, {queue_text} AS queue, {owner} AS owner, {claimed} AS claimed_at, "
                   "{until} AS expires_at, {attempt} AS attempt, {version} AS version"_s)
            .with(u"id"_s, text(u"id"_s))
            .with(u"owner"_s, text(u"owner"_s))
            .with(u"claimed"_s, time(u"claimed_at"_s))
            .with(u"until"_s, time(u"lease_until"_s))
            .with(u"attempt"_s, has(u"attempts"_s) ? column(u"attempts"_s) : u"NULL::bigint"_s)
            .with(u"version"_s,
                  seen.isEmpty() ? u"NULL::text"_s : u"concat_ws(' ', %1)"_s.arg(seen.join(u", "_s)))
            .text();
    }

    void leases() {
        leaseRule();
        auto& gap = m_questions.system().gaps[u"leases"_s];
        if (!has(u"id"_s)) {
            gap = MappedQuestions::unmapped(u"id"_s);
            return;
        }
        gap = m_questions.proposedIndex(column(has(u"claimed_at"_s) ? u"claimed_at"_s : u"id"_s),
                                        m_columns.running());
        const QString order = has(u"claimed_at"_s) ? u" ORDER BY "_s + column(u"claimed_at"_s) : QString();
        const auto of = [&](const QString& sql) {
            return filled(Sql(sql)
                              .with(u"row"_s, leaseRow())
                              .with(u"running"_s, m_columns.running())
                              .with(u"order"_s, order)
                              .text());
        };
        m_questions.addBoth(
            u"leases"_s, {u"leases"_s},
            of(u"SELECT {row} FROM {job} j WHERE {running}{order} LIMIT {lease_limit}"_s),
            of(u"SELECT x.* FROM {queues} AS q(queue) CROSS JOIN LATERAL (SELECT {row} FROM {job} j WHERE "
               "{in_queue}{running}{order} LIMIT {lease_limit}) AS x"_s),
            3);
    }

    void runTime() {
        auto& gap = m_questions.system().gaps[u"run_time_s"_s];
        for (const auto& key : {u"finished_at"_s, u"claimed_at"_s})
            if (!has(key)) {
                gap = MappedQuestions::unmapped(key);
                return;
            }
        const QString done = column(u"finished_at"_s);
        gap = m_questions.proposedIndex(done, done + u" IS NOT NULL"_s);
        const QString seconds = u"extract(epoch FROM avg(%1 - %2)) AS seconds, count(*) AS n"_s;
        const QString lately =
            u"%1 > %2"_s.arg(done, m_columns.bound(u"finished_at"_s, u"({now} - interval '1 hour')"_s));
        const QString atOnce =
            Sql(u"{claimed} IS NOT NULL AND NOT coalesce({dead}, false){first}"_s)
                .with(u"claimed"_s, column(u"claimed_at"_s))
                .with(u"dead"_s, m_columns.dead())
                .with(u"first"_s, has(u"attempts"_s)
                                      ? u" AND coalesce(%1, 0) <= 1"_s.arg(column(u"attempts"_s))
                                      : QString())
                .text();
        m_questions.addBoth(
            u"run_time"_s, {u"run_time_s"_s},
            filled(
                Sql(u"SELECT {queue_text} AS queue, {seconds} FROM {job} j WHERE {lately} AND {at_once} GROUP BY 1"_s)
                    .with(u"seconds"_s,
                          seconds.arg(m_columns.time(u"finished_at"_s), m_columns.time(u"claimed_at"_s)))
                    .with(u"lately"_s, lately)
                    .with(u"at_once"_s, atOnce)
                    .text()),
            filled(Sql(u"SELECT q.queue, r.* FROM {queues} AS q(queue) CROSS JOIN LATERAL (SELECT {seconds} "
                       u"FROM "
                       "(SELECT {done} AS done, {began} AS began, {at_once} AS at_once FROM {job} j WHERE "
                       "{in_queue}{lately} ORDER BY {order} DESC LIMIT {heap_cap}) x WHERE x.at_once) AS r"_s)
                       .with(u"seconds"_s, seconds.arg(u"x.done"_s, u"x.began"_s))
                       .with(u"done"_s, m_columns.time(u"finished_at"_s))
                       .with(u"began"_s, m_columns.time(u"claimed_at"_s))
                       .with(u"order"_s, done)
                       .with(u"lately"_s, lately)
                       .with(u"at_once"_s, atOnce)
                       .text()),
            15);
    }

    // Attempts used up: without an error (poison), or without anybody having given the job up (never
    // claimed).
    void exhausted() {
        if (!has(u"attempts"_s) || !has(u"max_attempts"_s)) return;
        const QString usedUp = u"%1 >= %2"_s.arg(column(u"attempts"_s), column(u"max_attempts"_s));
        const QString waiting = m_columns.waiting() + u" AND "_s + m_columns.due();
        if (has(u"last_error"_s))
            condition(
                u"poison_pill"_s, usedUp + u" AND %1 IS NULL"_s.arg(column(u"last_error"_s)),
                u"(%1)"_s.arg(m_columns.dead()),
                u"all attempts are used up and no error is recorded: the worker died while running it"_s);
        if (!m_questions.mapping().deadWhenExhausted)
            condition(
                u"never_claimed"_s, usedUp, u"(%1)"_s.arg(waiting),
                u"it waits and is due, but its attempts are used up: workers that check attempts will not "
                "take it, and nobody has marked it as dead"_s);
    }
    // `bounded` is what an index can lead to, `what` is then looked at row by row.
    void condition(const QString& kind, const QString& what, const QString& bounded,
                   const QString& evidence) {
        const auto common = [&](const QString& sql) {
            return filled(Sql(sql)
                              .with(u"kind"_s, kind)
                              .with(u"evidence"_s, quotedLiteral(evidence))
                              .with(u"what"_s, what)
                              .with(u"bounded"_s, bounded)
                              .text());
        };
        m_questions.addBoth(
            u"conditions"_s, {kind},
            common(u"SELECT '{kind}' AS kind, {queue_text} AS queue, count(*) AS n, false AS capped, "
                   u"{evidence} AS "
                   "evidence FROM {job} j WHERE {bounded} AND {what} GROUP BY 2"_s),
            common(
                u"SELECT '{kind}' AS kind, q.queue, c.n, c.walked >= {heap_cap} AS capped, {evidence} AS "
                u"evidence "
                "FROM {queues} AS q(queue) CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE x.what) AS n, "
                "count(*) AS walked FROM (SELECT {what} AS what FROM {job} j WHERE {in_queue}{bounded} LIMIT "
                "{heap_cap}) x) AS c WHERE c.n > 0"_s),
            30);
    }

    MappedQuestions& m_questions;
    const MappedColumns& m_columns;
};

}  // namespace

void addMappedSignals(MappedQuestions& questions) {
    SignalWriter(questions).write();
}

}  // namespace spillway
