#include "backends/journal/own_moves.h"

#include <QFileInfo>

#include "backends/storage/sql_database.h"

namespace spillway {
using namespace Qt::StringLiterals;
using storage::SqlDatabase;
namespace {

constexpr qint64 kStillWaiting_ms = 600'000;
constexpr int kMostMoves = 5'000;

}  // namespace

OwnMoves::OwnMoves(QString journalFile, QString connection)
    : m_file(std::move(journalFile)), m_connection(std::move(connection)) {}
OwnMoves::~OwnMoves() = default;

bool OwnMoves::open() {
    if (m_database) return true;
    if (QFileInfo(m_file).size() == 0) return false;
    auto opened = SqlDatabase::open(m_file, SqlDatabase::Access::read);
    if (!opened) return false;
    m_database = std::move(opened).value();
    return true;
}

std::vector<OwnMove> OwnMoves::take(ServerTime now, const QString& server) {
    std::vector<OwnMove> moves;
    if (!open()) return moves;
    // A journal of an older layout answers with a fault: nothing is known then, and it is tried again.
    auto query = m_database->prepared(
        u"SELECT p.number, t.system, t.queue, p.done_ms, p.jobs FROM put_back p JOIN plan_target t ON t.plan "
        u"= p.plan WHERE p.number > ? AND p.done_ms > ? AND CASE WHEN t.server = '' OR ? = '' THEN "
        u"t.connection = ? ELSE t.server = ? END AND t.action = 'replay' ORDER BY p.number DESC LIMIT ?"_s);
    const qint64 since = millisSinceEpoch(now) - kStillWaiting_ms;
    const QString known = server.isNull() ? u""_s : server;
    if (!m_database->run(query, {m_last, since, known, m_connection, known, kMostMoves})) {
        m_database.reset();
        return moves;
    }
    while (query.next()) {
        m_last = std::max(m_last, query.value(0).toLongLong());
        moves.push_back({query.value(1).toString(), query.value(2).toString(),
                         serverTimeFromMillis(query.value(3).toLongLong()), query.value(4).toLongLong()});
    }
    return moves;
}

}  // namespace spillway
