#include "backends/postgres/drill/session.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backends/domain/secrets.h"
#include "backends/postgres/wire/connection_string.h"
#include "backends/postgres/wire/dial.h"
#include "backends/postgres/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

Result owned(PGresult* result) {
    return {result, &PQclear};
}

bool good(const PGresult* result) {
    const auto status = PQresultStatus(result);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

DrillReply replyOf(PGresult* result) {
    DrillReply reply;
    reply.rows = PQntuples(result);
    reply.columns = PQnfields(result);
    if (reply.rows > 0 && reply.columns > 0 && !PQgetisnull(result, 0, 0))
        reply.value = PQgetvalue(result, 0, 0);
    reply.affected = QByteArray(PQcmdTuples(result)).toLongLong();
    reply.tag = PQcmdStatus(result);
    if (good(result)) return reply;
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    reply.sqlstate = state ? QString::fromLatin1(state) : u"-"_s;
    reply.message = primaryMessage(QString::fromUtf8(PQresultErrorMessage(result)));
    return reply;
}

}  // namespace

struct DrillSession::Link {
    PGconn* connection = nullptr;
    int socket = -1;  // a duplicate of our own, which no other thread can see closed and used anew
    QString address;
    ~Link() {
        // Not PQfinish's farewell: a worker that was killed says nothing either.
        if (socket >= 0) {
            ::shutdown(socket, SHUT_RDWR);
            ::close(socket);
        }
        PQfinish(connection);
    }
};

DrillSession::DrillSession(std::unique_ptr<Link> link) : m_link(std::move(link)) {}
DrillSession::~DrillSession() = default;

Outcome<std::unique_ptr<DrillSession>> DrillSession::open(const ConnectionSettings& settings) {
    const auto target = libpqConnection(settings);
    if (!target) return target.failure();
    auto link = std::make_unique<Link>();
    link->address = target->address;
    static const std::atomic<bool> never{false};
    QString reached;
    try {
        link->connection = dial(*target, never, reached);
    } catch (const std::exception& error) {
        return connectFailure(withoutSecretsOf(settings.url, QString::fromUtf8(error.what())),
                              target->address);
    }
    link->socket = ::fcntl(PQsocket(link->connection), F_DUPFD_CLOEXEC, 0);
    PQsetNoticeReceiver(
        link->connection, [](void*, const PGresult*) {}, nullptr);
    return std::unique_ptr<DrillSession>(new DrillSession(std::move(link)));
}

Failure DrillSession::lost() const {
    return lostConnection(QString::fromUtf8(PQerrorMessage(m_link->connection)), m_link->address);
}

Outcome<DrillReply> DrillSession::query(const std::string& sql) {
    const auto result = owned(PQexec(m_link->connection, sql.c_str()));
    if (!result || PQstatus(m_link->connection) != CONNECTION_OK) return lost();
    return replyOf(result.get());
}

Outcome<Done> DrillSession::script(const std::string& sql) {
    const auto reply = query(sql);
    if (!reply) return reply.failure();
    if (!reply->sqlstate.isEmpty()) return queryFailure(reply->sqlstate, reply->message, u"the drill"_s);
    return Done{};
}

Outcome<DrillReply> DrillSession::prepare(const std::string& name, const std::string& sql,
                                          const std::vector<unsigned>& types) {
    const auto result = owned(PQprepare(m_link->connection, name.c_str(), sql.c_str(),
                                        static_cast<int>(types.size()), types.data()));
    if (!result || PQstatus(m_link->connection) != CONNECTION_OK) return lost();
    return replyOf(result.get());
}

Outcome<std::vector<DrillReply>> DrillSession::run(const std::vector<DrillStatement>& statements) {
    PGconn* connection = m_link->connection;
    if (PQenterPipelineMode(connection) != 1) return lost();
    for (const auto& statement : statements) {
        std::vector<const char*> values;
        for (const auto& parameter : statement.parameters) values.push_back(parameter.c_str());
        if (PQsendQueryPrepared(connection, statement.name.c_str(), static_cast<int>(values.size()),
                                values.data(), nullptr, nullptr, 0) != 1 ||
            PQpipelineSync(connection) != 1)
            return lost();
    }
    std::vector<DrillReply> replies;
    while (replies.size() < statements.size()) {
        const auto answer = owned(PQgetResult(connection));
        if (!answer || PQstatus(connection) != CONNECTION_OK) return lost();
        replies.push_back(replyOf(answer.get()));
        while (const auto more = owned(PQgetResult(connection)))
            if (PQresultStatus(more.get()) == PGRES_PIPELINE_SYNC) break;
        const auto sync = owned(PQgetResult(connection));
        if (!sync || PQresultStatus(sync.get()) != PGRES_PIPELINE_SYNC) return lost();
    }
    if (PQexitPipelineMode(connection) != 1) return lost();
    return replies;
}

bool DrillSession::inTransaction() const {
    return PQtransactionStatus(m_link->connection) != PQTRANS_IDLE;
}

void DrillSession::interrupt() noexcept {
    if (m_link->socket >= 0) ::shutdown(m_link->socket, SHUT_RDWR);
}

}  // namespace spillway
