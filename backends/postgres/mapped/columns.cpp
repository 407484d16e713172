#include "backends/postgres/mapped/columns.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const QStringList timeKeys{QStringLiteral("run_at"),      QStringLiteral("enqueued_at"),
                           QStringLiteral("claimed_at"),  QStringLiteral("lease_until"),
                           QStringLiteral("finished_at"), QStringLiteral("failed_at")};
const QStringList numberTypes{QStringLiteral("smallint"), QStringLiteral("integer"),
                              QStringLiteral("bigint"),   QStringLiteral("numeric"),
                              QStringLiteral("real"),     QStringLiteral("double precision")};

bool isNumber(const QString& type) {
    return numberTypes.contains(type.section(u'(', 0, 0));
}

}  // namespace

QString quotedIdentifier(const QString& name) {
    QString inner = name;
    return u'"' + inner.replace(u"\""_s, u"\"\""_s) + u'"';
}

QString quotedLiteral(const QString& text) {
    QString inner = text;
    inner.replace(u"\\"_s, u"\\\\"_s)
        .replace(u"'"_s, u"\\'"_s)
        .replace(u"{"_s, u"\\x7b"_s)
        .replace(u"}"_s, u"\\x7d"_s);
    return u"E'"_s + inner + u'\'';
}

QString MappedColumns::column(const QString& key) const {
    return m_alias + u'.' + quotedIdentifier(m_mapping.columns.at(key));
}

QString MappedColumns::type(const QString& key) const {
    return m_table.columns.at(m_mapping.columns.at(key)).type;
}

TimeKind MappedColumns::timeKind(const QString& key) const {
    const auto& times = m_mapping.times;
    if (const auto it = times.find(key); it != times.end()) return it->second;
    if (type(key).startsWith("timestamp"_L1))
        return type(key).endsWith("with time zone"_L1) ? TimeKind::timestamptz : TimeKind::timestampUtc;
    const auto it = times.find(u"default"_s);
    return it == times.end() ? TimeKind::byType : it->second;
}

QString MappedColumns::time(const QString& key) const {
    switch (timeKind(key)) {
        case TimeKind::timestampUtc:
            return u"(%1 AT TIME ZONE 'UTC')"_s.arg(column(key));
        case TimeKind::epochSeconds:
            return u"to_timestamp(%1)"_s.arg(column(key));
        case TimeKind::epochMillis:
            return u"to_timestamp(%1 / 1000.0)"_s.arg(column(key));
        default:
            return column(key);
    }
}

QString MappedColumns::bound(const QString& key, const QString& moment) const {
    switch (timeKind(key)) {
        case TimeKind::timestampUtc:
            return u"(%1 AT TIME ZONE 'UTC')"_s.arg(moment);
        case TimeKind::epochSeconds:
            return u"floor(extract(epoch FROM %1))::%2"_s.arg(moment, type(key));
        case TimeKind::epochMillis:
            return u"floor(extract(epoch FROM %1) * 1000)::%2"_s.arg(moment, type(key));
        default:
            return moment;
    }
}

QString MappedColumns::isTrue(const QString& key, bool wanted) const {
    if (wanted) return column(key);
    const bool notNull = m_table.columns.at(m_mapping.columns.at(key)).notNull;
    return notNull ? u"NOT "_s + column(key) : column(key) + u" IS NOT TRUE"_s;
}

QString MappedColumns::claimed(bool wanted) const {
    if (has(u"claimed"_s)) return isTrue(u"claimed"_s, wanted);
    const QString key = has(u"claimed_at"_s) ? u"claimed_at"_s : u"owner"_s;
    return column(key) + (wanted ? u" IS NOT NULL"_s : u" IS NULL"_s);
}

QString MappedColumns::statusIn(const QStringList& states) const {
    QStringList literals;
    for (const auto& state : states)
        if (const auto it = m_mapping.statusValues.find(state); it != m_mapping.statusValues.end())
            for (const auto& value : it->second) literals << quotedLiteral(value);
    if (literals.isEmpty()) return u"false"_s;
    return u"%1 IN (%2)"_s.arg(column(u"status"_s), literals.join(u", "_s));
}

QString MappedColumns::finished() const {
    if (has(u"status"_s)) return statusIn({u"done"_s});
    return has(u"finished_at"_s) ? column(u"finished_at"_s) + u" IS NOT NULL"_s : u"false"_s;
}

QString MappedColumns::dead() const {
    if (has(u"status"_s)) return statusIn({u"dead"_s});
    const QString notFinished =
        has(u"finished_at"_s) ? column(u"finished_at"_s) + u" IS NULL AND "_s : QString();
    if (m_mapping.deadWhenExhausted)
        return u"%1%2 >= %3"_s.arg(notFinished, column(u"attempts"_s), column(u"max_attempts"_s));
    return has(u"failed_at"_s) ? notFinished + column(u"failed_at"_s) + u" IS NOT NULL"_s : u"false"_s;
}

QString MappedColumns::running() const {
    if (has(u"status"_s)) return statusIn({u"running"_s});
    QString condition = claimed(true);
    if (has(u"finished_at"_s)) condition += u" AND %1 IS NULL"_s.arg(column(u"finished_at"_s));
    if (has(u"failed_at"_s) && !m_mapping.deadWhenExhausted)
        condition += u" AND %1 IS NULL"_s.arg(column(u"failed_at"_s));
    return condition;
}

QString MappedColumns::waiting() const {
    if (has(u"status"_s)) return statusIn({u"ready"_s, u"scheduled"_s, u"retrying"_s});
    QString condition = claimed(false);
    if (has(u"finished_at"_s)) condition += u" AND %1 IS NULL"_s.arg(column(u"finished_at"_s));
    if (m_mapping.deadWhenExhausted)
        return condition + u" AND %1 < %2"_s.arg(column(u"attempts"_s), column(u"max_attempts"_s));
    if (has(u"failed_at"_s)) condition += u" AND %1 IS NULL"_s.arg(column(u"failed_at"_s));
    return condition;
}

QString MappedColumns::due() const {
    if (!has(u"run_at"_s)) return u"true"_s;
    const QString reached = u"%1 <= %2"_s.arg(column(u"run_at"_s), bound(u"run_at"_s, u"{now}"_s));
    const bool notNull = m_table.columns.at(m_mapping.columns.at(u"run_at"_s)).notNull;
    return notNull ? reached : u"(%1 IS NULL OR %2)"_s.arg(column(u"run_at"_s), reached);
}

QString MappedColumns::later() const {
    return has(u"run_at"_s) ? u"%1 > %2"_s.arg(column(u"run_at"_s), bound(u"run_at"_s, u"{now}"_s))
                            : u"false"_s;
}

QString MappedColumns::tried() const {
    QStringList any;
    if (has(u"status"_s) && m_mapping.statusValues.contains(u"retrying"_s)) any << statusIn({u"retrying"_s});
    if (has(u"attempts"_s)) any << u"coalesce(%1, 0) > 0"_s.arg(column(u"attempts"_s));
    return any.isEmpty() ? u"false"_s : u'(' + any.join(u" OR "_s) + u')';
}

QString MappedColumns::readyAt() const {
    if (has(u"run_at"_s) && has(u"enqueued_at"_s))
        return u"greatest(%1, %2)"_s.arg(time(u"run_at"_s), time(u"enqueued_at"_s));
    if (has(u"run_at"_s)) return time(u"run_at"_s);
    return has(u"enqueued_at"_s) ? time(u"enqueued_at"_s) : QString();
}

Failure MappedColumns::wrongType(const QString& key, const QString& wanted) const {
    return {FailureKind::usage,
            u"The mapping file %1 does not fit: columns.%2 names %3, which is of type %4."_s.arg(
                m_mapping.file, key, m_mapping.columns.at(key), type(key)),
            {},
            wanted};
}

std::optional<Failure> MappedColumns::misfit() const {
    for (const auto& [key, name] : m_mapping.columns) {
        if (m_table.columns.contains(name)) continue;
        QStringList existing;
        for (const auto& [column, facts] : m_table.columns) existing << column;
        return Failure{
            FailureKind::usage,
            u"The mapping file %1 does not fit: columns.%2 names %3, which %4 does not have."_s.arg(
                m_mapping.file, key, name, m_table.quoted),
            {},
            u"The table has the columns %1."_s.arg(existing.join(u", "_s))};
    }
    if (has(u"claimed"_s) && type(u"claimed"_s) != "boolean"_L1)
        return wrongType(
            u"claimed"_s,
            u"It must be boolean; a time goes under columns.claimed_at, a word under columns.status."_s);
    for (const auto& key : {u"attempts"_s, u"max_attempts"_s})
        if (has(key) && !isNumber(type(key))) return wrongType(key, u"It must be a number."_s);
    for (const auto& key : timeKeys) {
        if (!has(key)) continue;
        const auto kind = timeKind(key);
        const bool stamp = type(key).startsWith("timestamp"_L1);
        const bool epoch = kind == TimeKind::epochSeconds || kind == TimeKind::epochMillis;
        if (stamp == epoch || (epoch && !isNumber(type(key))) || kind == TimeKind::byType)
            return wrongType(
                key,
                u"Say under [times] what it holds: %1 = \"timestamptz\", \"timestamp_utc\", \"epoch_s\" or "
                "\"epoch_ms\", matching the column's type."_s.arg(key));
    }
    return std::nullopt;
}

}  // namespace spillway
