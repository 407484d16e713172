#include "backends/postgres/acting/acting_plan.h"

#include "backends/health/error_signature.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qint64 kPage = 5'000;
constexpr qint64 kMostLookedAt = 500'000;  // where errors are compared here

ServerTime ago(ServerTime now, double seconds) {
    return now -
           std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::duration<double>(seconds));
}

class Matching {
public:
    Matching(const Question& question, const PollValues& values, const ActionRequest& request)
        : m_statement(statementAlone(question, values)), m_request(request), m_now(values.now) {}

    [[nodiscard]] Statement count() {
        Statement statement = m_statement;
        statement.sql = "SELECT count(*) AS n FROM (" + m_statement.sql + ") AS p" + where(statement, {}, {});
        return statement;
    }
    [[nodiscard]] Statement page(const std::string& at, const std::string& id) {
        Statement statement = m_statement;
        statement.sql = "SELECT p.* FROM (" + m_statement.sql + ") AS p" + where(statement, at, id) +
                        " ORDER BY p.at, p.id LIMIT " + std::to_string(kPage);
        return statement;
    }

private:
    static std::string parameter(Statement& statement, const std::string& value, const char* type) {
        statement.parameters.push_back(value);
        return "$" + std::to_string(statement.parameters.size()) + "::" + type;
    }
    std::string where(Statement& statement, const std::string& at, const std::string& id) {
        const auto& filter = m_request.filter;
        std::string sql = " WHERE true";
        const auto add = [&](const std::string& before, const std::string& value, const char* type,
                             const std::string& after = {}) {
            sql += " AND " + before + parameter(statement, value, type) + after;
        };
        if (!filter.kind.isEmpty()) add("p.kind = ", filter.kind.toStdString(), "text");
        if (filter.older_than_s)
            add("p.at <= ", toParameter(ago(m_now, *filter.older_than_s)), "timestamptz");
        if (filter.newer_than_s)
            add("p.at >= ", toParameter(ago(m_now, *filter.newer_than_s)), "timestamptz");
        if (!filter.ids.isEmpty()) {
            std::vector<std::string> ids;
            for (const auto& one : filter.ids) ids.push_back(one.toStdString());
            add("p.id = ANY (", toArrayLiteral(ids), "text[]", ")");
        }
        if (id.empty()) return sql;
        sql += " AND (p.at, p.id) > (" + parameter(statement, at, "timestamptz") + ", " +
               parameter(statement, id, "text") + ")";
        return sql;
    }

    Statement m_statement;
    const ActionRequest& m_request;
    ServerTime m_now;
};

PlannedJob jobFrom(const Row& row) {
    PlannedJob job;
    job.id = row.text("id");
    job.version = row.text("version");
    job.kind = row.text("kind");
    const QString error = row.text("error");
    if (!error.isEmpty()) job.signature = errorSignature(error);
    job.at = row.time("at");
    if (const auto remaining = row.integer("remaining"))
        job.remaining_attempts = static_cast<int>(*remaining);
    job.conflict = row.flag("conflict");
    return job;
}

}  // namespace

MatchedJobs readMatching(ReadTransaction& transaction, const Question& question, const PollValues& values,
                         const ActionRequest& request) {
    Matching matching(question, values, request);
    MatchedJobs found;
    const bool bySignature = !request.filter.error_signature.isEmpty();
    const qint64 most = std::min(request.most, kMostPlannedJobs);
    std::string at, id;
    for (qint64 looked = 0; looked < kMostLookedAt;) {
        const auto statement = matching.page(at, id);
        const auto rows = transaction.query(statement.sql, statement.parameters, u"the jobs of a plan"_s);
        for (size_t i = 0; i < rows.size(); ++i) {
            auto job = jobFrom(rows.at(i));
            if (bySignature && job.signature != request.filter.error_signature) continue;
            ++found.matched;
            if (static_cast<qint64>(found.jobs.size()) >= most) continue;
            if (rows.at(i).flag("weak")) ++found.weak;
            found.jobs.push_back(std::move(job));
        }
        looked += static_cast<qint64>(rows.size());
        if (static_cast<qint64>(rows.size()) < kPage) return found;
        if (!bySignature && static_cast<qint64>(found.jobs.size()) >= most) break;
        at = rows.at(rows.size() - 1).bytes("at").value_or(QByteArray()).toStdString();
        id = rows.at(rows.size() - 1).bytes("id").value_or(QByteArray()).toStdString();
    }
    if (bySignature) return found;
    const auto counting = matching.count();
    const auto rows = transaction.query(counting.sql, counting.parameters, u"the number of matching jobs"_s);
    found.matched = rows.at(0).integer("n").value_or(found.matched);
    return found;
}

}  // namespace spillway
