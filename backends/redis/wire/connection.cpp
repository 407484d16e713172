#include "backends/redis/wire/connection.h"

#include <QAbstractSocket>
#include <QLocalSocket>

#include "backends/domain/human_text.h"
#include "backends/redis/wire/cluster.h"
#include "backends/redis/wire/dial.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Commands go out in chunks, and at most this many are unanswered: replies must not pile up in the
// server's output buffer, and a network with a long round trip must not be waited for at every chunk.
constexpr std::size_t kChunk = 500;
constexpr std::size_t kUnanswered = 4 * kChunk;

}  // namespace

struct RedisConnection::Exchange {
    explicit Exchange(const std::vector<RedisCommand>& all, RedisReplyLimits limits)
        : commands(all), reader(limits) {
        replies.reserve(all.size());
    }
    const std::vector<RedisCommand>& commands;
    RedisReplyReader reader;
    std::vector<RedisReply> replies;
    std::size_t sent = 0;
    QByteArray firstBytes;

    [[nodiscard]] bool finished() const { return replies.size() == commands.size(); }
    [[nodiscard]] bool maySend() const {
        return sent < commands.size() && sent - replies.size() <= kUnanswered - kChunk;
    }
    [[nodiscard]] QByteArray nextChunk() {
        QByteArray wire;
        wire.reserve(qsizetype(128) * kChunk);
        for (const std::size_t end = std::min(sent + kChunk, commands.size()); sent < end; ++sent)
            appendEncoded(wire, commands[sent]);
        return wire;
    }
};

RedisConnection::RedisConnection(RedisAddress address, const std::atomic<bool>& interrupted)
    : m_address(std::move(address)), m_interrupted(interrupted) {}

void RedisConnection::close() {
    m_device.reset();
    m_cluster.reset();
}

Outcome<Done> RedisConnection::open(QDeadlineTimer deadline) {
    close();
    m_heard = false;
    if (m_interrupted) return interruptedFailure();
    if (!m_address.cluster_seeds.empty()) {
        m_cluster = std::make_shared<RedisCluster>(m_address, m_interrupted, m_limits);
        auto opened = m_cluster->open(deadline);
        if (!opened) close();
        return opened;
    }
    const bool tls = m_address.transport == RedisAddress::Transport::tls;
    const QDeadlineTimer dialled(tls ? deadline.remainingTime() * 3 / 4 : deadline.remainingTime());
    const auto device = dialRedis(m_address, dialled, m_interrupted);
    if (!device) return tls ? unlessPlain(device.failure(), deadline) : device.failure();
    m_device = *device;
    auto loggedIn = logIn(deadline);
    if (loggedIn) return loggedIn;
    close();
    return unlessTls(loggedIn.failure(), deadline);
}

// A TLS port hangs up on a plain client without a word, a plain port keeps silent at a TLS client: asking
// once more in the other language tells what the URL should have been.
Failure RedisConnection::unlessTls(const Failure& failure, QDeadlineTimer deadline) const {
    const bool hungUp = failure.kind == FailureKind::unreachable && !m_heard;
    if (!hungUp || m_address.transport != RedisAddress::Transport::tcp) return failure;
    RedisAddress other = m_address;
    other.transport = RedisAddress::Transport::tls;
    const auto device = dialRedis(other, deadline, m_interrupted);
    const bool certificate = !device && device.failure().what.contains(u"certificate"_s);
    if (!device && !certificate) return failure;
    return {FailureKind::tls,
            u"%1 speaks TLS, but the URL asks for a plain connection."_s.arg(m_address.display()),
            {},
            u"Use rediss:// instead of redis://."_s};
}

Failure RedisConnection::unlessPlain(const Failure& failure, QDeadlineTimer deadline) const {
    if (failure.kind != FailureKind::timeout) return failure;
    RedisAddress other = m_address;
    other.transport = RedisAddress::Transport::tcp;
    other.user.clear();
    other.password.clear();  // never sent in the clear
    other.database = 0;
    RedisConnection plain(other, m_interrupted);
    if (const auto opened = plain.open(deadline);
        !opened && opened.failure().kind != FailureKind::authentication)
        return failure;
    return {FailureKind::tls,
            u"%1 does not speak TLS."_s.arg(m_address.display()),
            {},
            u"Use redis:// instead of rediss://."_s};
}

Outcome<Done> RedisConnection::logIn(QDeadlineTimer deadline) {
    std::vector<RedisCommand> commands;
    if (!m_address.user.isEmpty())
        commands.push_back({"AUTH", m_address.user.toUtf8(), m_address.password.toUtf8()});
    else if (!m_address.password.isEmpty())
        commands.push_back({"AUTH", m_address.password.toUtf8()});
    if (m_address.database != 0) commands.push_back({"SELECT", QByteArray::number(m_address.database)});
    commands.push_back({"PING"});
    commands.push_back({"CLIENT", "SETNAME", "spillway"});
    const auto replies = run(commands, deadline);
    if (!replies) return replies.failure();
    for (std::size_t i = 0; i < commands.size(); ++i) {
        const QByteArray& name = commands[i].front();
        // PING only proves that the other side talks Redis: refusing it (NOPERM) proves that as well.
        const bool needed = name == "AUTH" || name == "SELECT";
        if (needed && (*replies)[i].isError())
            return failureFromReply((*replies)[i], commands[i], m_address.display());
    }
    return Done{};
}

Outcome<std::vector<RedisReply>> RedisConnection::run(const std::vector<RedisCommand>& commands,
                                                      QDeadlineTimer deadline) {
    m_oversized = {};
    if (m_cluster) {
        const int before = m_cluster->roundTrips();
        auto answered = m_cluster->run(commands, deadline, m_oversized);
        m_roundTrips += m_cluster->roundTrips() - before;
        if (!answered) close();
        return answered;
    }
    if (!m_device) return lost();
    Exchange state(commands, m_limits);
    const auto done = exchange(state, deadline);
    m_roundTrips += 1 + static_cast<int>(commands.size() / kUnanswered);
    if (!done) {
        close();
        return done.failure();
    }
    for (std::size_t i = 0; i < commands.size(); ++i)
        if (const QByteArray code = state.replies[i].errorCode();
            m_passMoves && (code == "MOVED" || code == "ASK"))
            continue;
        else if (endsThePoll(state.replies[i])) {
            close();
            return failureFromReply(state.replies[i], commands[i], m_address.display());
        }
    return std::move(state.replies);
}

Outcome<Done> RedisConnection::exchange(Exchange& state, QDeadlineTimer deadline) {
    while (!state.finished()) {
        if (m_interrupted) return interruptedFailure();
        if (deadline.hasExpired()) return silent(state);
        while (state.maySend()) {
            const QByteArray wire = state.nextChunk();
            if (m_device->write(wire) != wire.size()) return lost();
        }
        if (m_device->bytesAvailable() == 0)
            if (const auto bytes = awaitBytes(deadline); !bytes) return bytes.failure();
        if (const auto taken = takeReplies(state); !taken) return taken.failure();
    }
    return Done{};
}

// waitForReadyRead() also writes what is still to be sent.
Outcome<Done> RedisConnection::awaitBytes(QDeadlineTimer deadline) {
    const auto left = static_cast<int>(std::clamp<qint64>(deadline.remainingTime(), 1, kSliceMs));
    if (m_device->waitForReadyRead(left) || m_device->bytesAvailable() > 0) return Done{};
    const auto* tcp = qobject_cast<QAbstractSocket*>(m_device.get());
    const auto* local = qobject_cast<QLocalSocket*>(m_device.get());
    const bool connected = tcp ? tcp->state() == QAbstractSocket::ConnectedState
                               : local && local->state() == QLocalSocket::ConnectedState;
    if (!connected) return lost();
    return Done{};
}

Outcome<Done> RedisConnection::takeReplies(Exchange& state) {
    // Never more than is there: read() takes memory for what it is asked for.
    const QByteArray bytes = m_device->read(std::min(qint64(256) << 10, m_device->bytesAvailable()));
    if (bytes.isEmpty()) return Done{};
    m_heard = true;
    if (state.firstBytes.size() < 64) state.firstBytes += bytes.left(64);
    if (!state.reader.feed(bytes)) return unreadable(state);
    while (!state.finished()) {
        auto reply = state.reader.next();
        if (!reply) break;
        state.replies.push_back(std::move(*reply));
    }
    if (state.reader.problem() != RedisReplyReader::Problem::none) return unreadable(state);
    return Done{};
}

Failure RedisConnection::lost() const {
    return {
        FailureKind::unreachable,
        u"%1 closed the connection."_s.arg(m_address.display()),
        {},
        u"Check that the server still runs and that no proxy or idle timeout (timeout, CLIENT KILL) ended it."_s};
}

// Of the commands under way it is the first without an answer that takes so long.
Failure RedisConnection::silent(const Exchange& state) const {
    if (state.finished()) return silentServer(m_address.display(), {}, 0);
    return silentServer(m_address.display(), state.commands[state.replies.size()],
                        state.reader.textUnderWay());
}

Failure RedisConnection::unreadable(const Exchange& state) {
    const std::size_t at = state.replies.size();
    if (state.reader.problem() == RedisReplyReader::Problem::too_large) {
        m_oversized = {state.commands[at], state.reader.textUnderWay(), state.reader.textsBefore()};
        return tooLargeFailure(m_oversized, m_limits, m_address.display());
    }
    if (at == 0 && !state.firstBytes.isEmpty() && !QByteArrayView("+-:$*").contains(state.firstBytes.front()))
        return failureFromForeignBytes(state.firstBytes, m_address.display());
    return {FailureKind::protocol,
            u"%1 sent an answer that is not the Redis protocol."_s.arg(m_address.display()),
            visibleText(state.reader.problemText(), 160),
            u"If this happens again, look for a proxy in between or a damaged server."_s};
}

}  // namespace spillway
