#include "backends/postgres/engine/question_sql.h"

#include <QRegularExpression>

#include "backends/postgres/wire/query_rows.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

class Filler {
public:
    Filler(const PollValues& values, Statement& statement) : m_values(values), m_statement(statement) {}

    void append(const QString& sql, const QString& source, const std::vector<std::string>& queues,
                const std::string& queue = {}) {
        static const QRegularExpression placeholder(u"\\{([a-z_]+)\\}"_s);
        QString out;
        qsizetype from = 0;
        for (auto it = placeholder.globalMatch(sql); it.hasNext();) {
            const auto match = it.next();
            out +=
                sql.mid(from, match.capturedStart() - from) + value(match.captured(1), source, queues, queue);
            from = match.capturedEnd();
        }
        m_statement.sql += (out + sql.mid(from)).toStdString();
    }

private:
    QString parameter(const std::string& value, const QString& type) {
        auto& [sql, values, types] = m_statement;
        size_t at = 0;
        while (at < values.size() && (values[at] != value || types[at] != type)) ++at;
        if (at == values.size()) {
            values.push_back(value);
            types.push_back(type);
        }
        return u"$%1::%2"_s.arg(at + 1).arg(type);
    }
    QString value(const QString& name, const QString& source, const std::vector<std::string>& queues,
                  const std::string& queue) {
        if (name == "schema"_L1) return m_values.schemaQuoted;
        if (name == "schema_name"_L1) return parameter(m_values.schema.toStdString(), u"text"_s);
        if (name == "job"_L1) return source;
        if (name == "queue"_L1) return parameter(queue, u"text"_s);
        if (name == "queues"_L1) return u"unnest(%1)"_s.arg(parameter(toArrayLiteral(queues), u"text[]"_s));
        if (name == "all_queues"_L1)
            return u"unnest(%1)"_s.arg(parameter(toArrayLiteral(everyQueue()), u"text[]"_s));
        if (name == "cap"_L1) return parameter(std::to_string(m_values.cap), u"bigint"_s);
        if (name == "heap_cap"_L1) return parameter(std::to_string(m_values.heapCap), u"bigint"_s);
        if (name == "retry_row_cap"_L1) return parameter(std::to_string(m_values.retryCap), u"bigint"_s);
        if (name == "retry_cap"_L1)
            return parameter(std::to_string(m_values.retryCap * PollValues::kIndexEntriesPerRow),
                             u"bigint"_s);
        if (name == "flow_cap"_L1) return parameter(std::to_string(m_values.flowCap), u"bigint"_s);
        if (name == "queue_limit"_L1) return parameter(std::to_string(m_values.queueLimit), u"bigint"_s);
        if (name == "lease_limit"_L1) return parameter(std::to_string(m_values.leaseLimit), u"bigint"_s);
        if (name == "sample_percent"_L1)
            return parameter(QByteArray::number(m_values.samplePercent, 'f', 4).toStdString(), u"real"_s);
        if (name == "job_ids"_L1) return parameter(m_values.jobIds, u"text[]"_s);
        if (name == "job_versions"_L1) return parameter(m_values.jobVersions, u"text[]"_s);
        if (name == "queue_name"_L1) return parameter(m_values.queueName, u"text"_s);
        if (name == "ready_limit"_L1) return parameter(std::to_string(m_values.readyLimit), u"bigint"_s);
        if (name == "id"_L1) return parameter(m_values.id, u"text"_s);
        if (name == "doomed_queues"_L1) return parameter(m_values.doomedQueues, u"text[]"_s);
        if (name == "doomed_ids"_L1) return parameter(m_values.doomedIds, u"text[]"_s);
        if (name == "log_after"_L1) return parameter(std::to_string(m_values.logAfter), u"bigint"_s);
        if (name == "log_missing"_L1) return parameter(m_values.logMissing, u"bigint[]"_s);
        if (name == "log_open"_L1) return parameter(m_values.logOpen, u"text[]"_s);
        if (name == "log_limit"_L1) return parameter(std::to_string(m_values.logLimit), u"bigint"_s);
        if (name == "now"_L1) return time(m_values.now);
        if (name == "since"_L1) return time(m_values.since);
        if (name == "until"_L1) return time(m_values.until);
        return u'{' + name + u'}';  // unknown: the server's syntax error will name it
    }
    QString time(ServerTime t) { return parameter(toParameter(t), u"timestamptz"_s); }
    [[nodiscard]] std::vector<std::string> everyQueue() const {
        std::vector<std::string> all;
        for (const auto& [source, queues] : m_values.queues)
            all.insert(all.end(), queues.begin(), queues.end());
        return all;
    }

    const PollValues& m_values;
    Statement& m_statement;
};

}  // namespace

Statement statementFor(const std::vector<const Question*>& variants, const PollValues& values) {
    Statement statement;
    Filler filler(values, statement);
    const auto add = [&](const Question& question, const QString& source,
                         const std::vector<std::string>& queues) {
        statement.sql += statement.sql.empty() ? "(" : "\nUNION ALL (";
        filler.append(question.sql, source, queues);
        statement.sql += ")";
    };
    for (const auto* question : variants) {
        if (!question->sql.contains("{queues}"_L1)) {
            add(*question, values.jobs, {});
            continue;
        }
        for (const auto& [source, queues] : values.queues) add(*question, source, queues);
    }
    return statement;
}

Statement statementAlone(const Question& question, const PollValues& values) {
    Statement statement;
    Filler(values, statement).append(question.sql, values.jobs, {});
    return statement;
}

void appendPlannerProbe(Statement& statement, const std::map<QString, QString>& planner, const QString& state,
                        const std::string& queue, const QString& source, const PollValues& values) {
    statement.sql += statement.sql.empty() ? "(" : "\nUNION ALL (";
    Filler filler(values, statement);
    filler.append(u"SELECT 1 FROM {job} j WHERE "_s + planner.at(u"queue"_s) + u" AND "_s + planner.at(state),
                  source, {}, queue);
    statement.sql += " OFFSET 0)";  // keeps the planner from merging the branches
}

}  // namespace spillway
