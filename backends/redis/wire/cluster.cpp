#include "backends/redis/wire/cluster.h"

#include <QSet>
#include <algorithm>

#include "backends/redis/wire/dial.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kSlots = 16384;

// CRC-16/XMODEM, as the cluster specification has it.
quint16 crc16(QByteArrayView bytes) {
    quint16 crc = 0;
    for (const char byte : bytes) {
        crc ^= static_cast<quint16>(static_cast<quint8>(byte) << 8);
        for (int bit = 0; bit < 8; ++bit)
            crc = static_cast<quint16>(crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1);
    }
    return crc;
}

// "3:17" is cursor 17 of node 3. The beginning, and the end, are "0" to everybody.
struct ClusterCursor {
    std::size_t node = 0;
    QByteArray cursor = "0";
};

ClusterCursor cursorFrom(const QByteArray& text) {
    const auto colon = text.indexOf(':');
    if (colon < 0) return {};
    return {text.left(colon).toULongLong(), text.mid(colon + 1)};
}

QByteArray wordOf(const RedisCommand& command, qsizetype index) {
    return command.value(index).toUpper();
}

// Its keys stand next to each other, and each could be asked alone.
bool isSplittable(const RedisCommand& command) {
    const QByteArray name = wordOf(command, 0);
    return name == "MGET" || name == "EXISTS" || name == "XREAD";
}

qsizetype keyCount(const RedisCommand& command) {
    const qsizetype rest = command.size() - firstKeyOf(command);
    return wordOf(command, 0) == "XREAD" ? rest / 2 : rest;
}

}  // namespace

int redisSlotOf(const QByteArray& key) {
    const auto open = key.indexOf('{');
    const auto close = open < 0 ? -1 : key.indexOf('}', open + 1);
    return crc16(close > open + 1 ? QByteArrayView(key).sliced(open + 1, close - open - 1)
                                  : QByteArrayView(key)) %
           kSlots;
}

qsizetype firstKeyOf(const RedisCommand& command) {
    static const QSet<QByteArray> keyless{"AUTH",   "PING", "TIME",   "INFO",   "SCAN",   "CLIENT",
                                          "DBSIZE", "ACL",  "SELECT", "SCRIPT", "CLUSTER"};
    const QByteArray name = wordOf(command, 0);
    if (command.size() < 2 || keyless.contains(name)) return 0;
    if (name == "XINFO" || name == "MEMORY") return 2;
    if (name == "EVAL" || name == "EVALSHA") return command.value(2) == "0" ? 0 : 3;
    if (name != "XREAD") return 1;
    for (qsizetype i = 1; i + 1 < command.size(); ++i)
        if (wordOf(command, i) == "STREAMS") return i + 1;
    return 0;
}

RedisCluster::RedisCluster(RedisAddress address, const std::atomic<bool>& interrupted,
                           RedisReplyLimits limits)
    : m_address(std::move(address)), m_interrupted(interrupted), m_limits(limits) {}

Outcome<Done> RedisCluster::open(QDeadlineTimer deadline) {
    Failure last;
    auto left = static_cast<qint64>(m_address.cluster_seeds.size());
    for (RedisAddress seed : m_address.cluster_seeds) {
        RedisConnection connection(seed, m_interrupted);
        const QDeadlineTimer until(deadline.remainingTime() / left--);
        auto learned = connection.open(until);
        if (learned) learned = learnSlots(connection, until);
        if (learned || m_interrupted) return learned;
        last = learned.failure();
    }
    return last;
}

Outcome<Done> RedisCluster::learnSlots(RedisConnection& connection, QDeadlineTimer deadline) {
    const RedisCommand command{"CLUSTER", "SLOTS"};
    const auto replies = connection.run({command}, deadline);
    ++m_roundTrips;
    if (!replies) return replies.failure();
    const RedisReply& ranges = replies->front();
    const QString at = connection.address().display();
    if (ranges.isError()) return failureFromReply(ranges, command, at);
    std::vector<SlotRange> slotRanges;
    for (const RedisReply& range : ranges.items) {
        if (range.items.size() < 3 || range.items[2].items.size() < 2) continue;
        const RedisReply& primary = range.items[2];
        const QByteArray host =
            primary.items[0].text.isEmpty() ? connection.address().host.toUtf8() : primary.items[0].text;
        const QByteArray place = host + ':' + QByteArray::number(primary.items[1].integer);
        slotRanges.push_back({static_cast<int>(range.items[0].integer),
                              static_cast<int>(range.items[1].integer), nodeNamed(place)});
    }
    if (slotRanges.empty())
        return Failure{FailureKind::starting,
                       u"The Redis Cluster at %1 has given its slots to nobody yet."_s.arg(at),
                       {},
                       u"Look at CLUSTER INFO there; redis-cli --cluster check tells what is missing."_s};
    m_slots = std::move(slotRanges);
    return Done{};
}

// "10.0.0.5:7001"; as MOVED names it, too.
std::size_t RedisCluster::nodeNamed(const QByteArray& hostAndPort) {
    const auto colon = hostAndPort.lastIndexOf(':');
    RedisAddress address = m_address.cluster_seeds.front();
    if (colon > 0) address.host = QString::fromUtf8(hostAndPort.left(colon));
    address.port = static_cast<quint16>(hostAndPort.mid(colon + 1).toUShort());
    for (std::size_t i = 0; i < m_nodes.size(); ++i)
        if (m_nodes[i].address.host == address.host && m_nodes[i].address.port == address.port) return i;
    m_nodes.push_back({address, nullptr});
    return m_nodes.size() - 1;
}

Outcome<RedisConnection*> RedisCluster::nodeAt(std::size_t node, QDeadlineTimer deadline) {
    auto& connection = m_nodes.at(node).connection;
    if (connection && connection->isOpen()) return connection.get();
    connection = std::make_unique<RedisConnection>(m_nodes[node].address, m_interrupted);
    connection->setLimits(m_limits);
    connection->passMoves();
    if (const auto opened = connection->open(deadline); !opened) return opened.failure();
    return connection.get();
}

std::size_t RedisCluster::nodeOf(const QByteArray& key) const {
    const int slot = redisSlotOf(key);
    const auto range = std::ranges::find_if(
        m_slots, [slot](const SlotRange& each) { return each.from <= slot && slot <= each.to; });
    return range == m_slots.end() ? m_slots.front().node : range->node;
}

void RedisCluster::cut(const RedisCommand& command, std::size_t owner, std::vector<Piece>& pieces) const {
    const QByteArray name = wordOf(command, 0);
    if (name == "SCAN") {
        const ClusterCursor cursor = cursorFrom(command.value(1));
        RedisCommand own = command;
        own[1] = cursor.cursor;
        pieces.push_back({own, owner, std::min(cursor.node, m_nodes.size() - 1), {}});
        return;
    }
    if (name == "CLIENT" && wordOf(command, 1) == "LIST") {
        for (std::size_t node = 0; node < m_nodes.size(); ++node)
            pieces.push_back({command, owner, node, {}});
        return;
    }
    const qsizetype first = firstKeyOf(command);
    if (first == 0 || first >= command.size()) {
        pieces.push_back({command, owner, m_slots.front().node, {}});
        return;
    }
    const qsizetype keys = isSplittable(command) ? keyCount(command) : 1;
    const int slot = redisSlotOf(command[first]);
    const bool together = std::all_of(command.begin() + first, command.begin() + first + keys,
                                      [slot](const QByteArray& key) { return redisSlotOf(key) == slot; });
    if (together) {
        pieces.push_back({command, owner, nodeOf(command[first]), {}});
        return;
    }
    for (qsizetype i = 0; i < keys; ++i) {
        RedisCommand own = command.mid(0, first) + RedisCommand{command[first + i]};
        if (name == "XREAD") own << command[first + keys + i];
        pieces.push_back({own, owner, nodeOf(command[first + i]), {}});
    }
}

Outcome<Done> RedisCluster::ask(std::vector<Piece*>& pieces, QDeadlineTimer deadline,
                                RedisOversized& oversized) {
    std::map<std::size_t, std::vector<Piece*>> byNode;
    for (Piece* piece : pieces) byNode[piece->node].push_back(piece);
    for (auto& [node, own] : byNode) {
        const auto connection = nodeAt(node, deadline);
        if (!connection) return connection.failure();
        std::vector<RedisCommand> commands;
        for (const Piece* piece : own) commands.push_back(piece->command);
        auto replies = (*connection)->run(commands, deadline);
        ++m_roundTrips;
        if (!replies) {
            oversized = (*connection)->oversized();
            return replies.failure();
        }
        for (std::size_t i = 0; i < own.size(); ++i) own[i]->reply = std::move(replies.value()[i]);
    }
    return Done{};
}

// MOVED: the slot belongs to another node for good. ASK: this one key is there already.
Outcome<Done> RedisCluster::follow(std::vector<Piece>& pieces, QDeadlineTimer deadline,
                                   RedisOversized& oversized) {
    std::vector<Piece*> moved;
    for (Piece& piece : pieces) {
        if (!piece.reply.isError()) continue;
        const QByteArray code = piece.reply.errorCode();
        const QByteArray place = piece.reply.text.mid(piece.reply.text.lastIndexOf(' ') + 1);
        if (code == "ASK") {
            const auto connection = nodeAt(nodeNamed(place), deadline);
            if (!connection) return connection.failure();
            auto replies = (*connection)->run({{"ASKING"}, piece.command}, deadline);
            ++m_roundTrips;
            if (!replies) return replies.failure();
            piece.reply = std::move(replies.value()[1]);
        } else if (code == "MOVED") {
            piece.node = nodeNamed(place);
            moved.push_back(&piece);
        }
    }
    if (moved.empty()) return Done{};
    const auto connection = nodeAt(moved.front()->node, deadline);
    if (!connection) return connection.failure();
    if (const auto learned = learnSlots(**connection, deadline); !learned) return learned;
    return ask(moved, deadline, oversized);
}

RedisReply RedisCluster::joined(const RedisCommand& command, std::vector<Piece*>& pieces) const {
    RedisReply whole = std::move(pieces.front()->reply);
    if (wordOf(command, 0) == "SCAN" && whole.items.size() == 2) {
        const std::size_t node = pieces.front()->node;
        QByteArray& cursor = whole.items[0].text;
        if (cursor != "0")
            cursor = QByteArray::number(node) + ':' + cursor;
        else if (node + 1 < m_nodes.size())
            cursor = QByteArray::number(node + 1) + ":0";
    }
    for (std::size_t i = 1; i < pieces.size() && !whole.isError(); ++i) {
        RedisReply& next = pieces[i]->reply;
        if (next.isError() || whole.isNil()) {
            whole = std::move(next);
            continue;
        }
        if (next.isInteger()) whole.integer += next.integer;
        whole.text += next.text;
        std::ranges::move(next.items, std::back_inserter(whole.items));
    }
    return whole;
}

Outcome<std::vector<RedisReply>> RedisCluster::run(const std::vector<RedisCommand>& commands,
                                                   QDeadlineTimer deadline, RedisOversized& oversized) {
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < commands.size(); ++i) cut(commands[i], i, pieces);
    std::vector<Piece*> all;
    for (Piece& piece : pieces) all.push_back(&piece);
    if (const auto asked = ask(all, deadline, oversized); !asked) return asked.failure();
    if (const auto followed = follow(pieces, deadline, oversized); !followed) return followed.failure();
    std::vector<std::vector<Piece*>> owned(commands.size());
    for (Piece& piece : pieces) owned[piece.owner].push_back(&piece);
    std::vector<RedisReply> replies;
    for (std::size_t i = 0; i < commands.size(); ++i) {
        replies.push_back(joined(commands[i], owned[i]));
        if (endsThePoll(replies.back()))
            return failureFromReply(replies.back(), commands[i], m_address.display());
    }
    return replies;
}

}  // namespace spillway
