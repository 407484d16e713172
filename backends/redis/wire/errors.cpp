#include "backends/redis/wire/errors.h"

#include <QSet>

#include "backends/domain/connection_settings.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct Meaning {
    QByteArray code;
    FailureKind kind;
    QString what;  // %1 is the address
    QString nextStep;
};

const QList<Meaning>& meanings() {
    static const QList<Meaning> all{
        {"LOADING", FailureKind::starting, u"%1 is still loading its data."_s,
         u"Wait; Spillway tries again by itself."_s},
        {"MASTERDOWN", FailureKind::starting, u"%1 is a replica that has lost its primary."_s,
         u"Check the replication link, or connect to the primary."_s},
        {"NOAUTH", FailureKind::authentication, u"%1 wants a password."_s,
         u"Give it in the URL (redis://user:password@host) or store it with the connection."_s},
        {"WRONGPASS", FailureKind::authentication, u"%1 refused the user or the password."_s,
         u"Check both; ACL LIST on the server shows the users."_s},
        {"BUSY", FailureKind::overloaded, u"%1 is busy with a script that has run for too long."_s,
         u"Find out who started it; SCRIPT KILL ends a script that has not written yet."_s},
        {"READONLY", FailureKind::permission, u"%1 is a read-only replica and refused a command."_s,
         u"Connect to the primary."_s},
        {"MOVED", FailureKind::protocol, u"%1 is a node of a Redis Cluster."_s,
         u"Use redis+cluster://host:port with any of its nodes."_s},
        {"ASK", FailureKind::protocol, u"%1 is a node of a Redis Cluster."_s,
         u"Use redis+cluster://host:port with any of its nodes."_s},
        {"CLUSTERDOWN", FailureKind::starting, u"%1 is a node of a Redis Cluster that is down."_s,
         u"Look at CLUSTER INFO on it; a cluster is read with redis+cluster://host:port."_s},
        {"CROSSSLOT", FailureKind::protocol, u"%1 is a node of a Redis Cluster."_s,
         u"Use redis+cluster://host:port with any of its nodes."_s},
        {"DENIED", FailureKind::permission, u"%1 runs in protected mode and accepts only its own machine."_s,
         u"Set a password on the server, or connect from the machine it runs on."_s},
    };
    return all;
}

QString safe(const RedisReply& error) {
    return visibleText(withoutSecrets(QString::fromUtf8(error.text)), 300);
}

QString nameOf(const RedisCommand& command) {
    return command.isEmpty() ? u"a command"_s : QString::fromLatin1(command.front());
}

// AUTH, SELECT and friends have no key; neither has anything that takes a subcommand.
QString keyOf(const RedisCommand& command) {
    static const QSet<QByteArray> keyless{"AUTH", "SELECT", "PING",   "TIME",
                                          "INFO", "SCAN",   "CLIENT", "DBSIZE"};
    if (command.size() < 2 || keyless.contains(command.front())) return {};
    if (command.front().startsWith("EVAL")) return visibleText(command.value(3), 120);
    const bool hasSubcommand = command.front() == "MEMORY" || command.front() == "XINFO";
    return visibleText(command.value(hasSubcommand ? 2 : 1), 120);
}

constexpr qint64 kLargeValue = 1 << 20;
const QString kHugeJobs =
    u"Look for huge jobs with redis-cli --memkeys; large data belongs beside a queue, not into its jobs."_s;

// "ZRANGE dead": never an argument behind the key.
QString questionOf(const RedisCommand& command) {
    if (command.isEmpty()) return {};
    const QString key = keyOf(command);
    return key.isEmpty() ? nameOf(command) : nameOf(command) + u' ' + key;
}

Failure permissionFailure(const RedisReply& error, const RedisCommand& command, const QString& address) {
    const bool keys = deniesKey(error);
    return {FailureKind::permission,
            keys ? u"The Redis user may not read %1 on %2."_s.arg(keyOf(command), address)
                 : u"The Redis user may not run %1 on %2."_s.arg(nameOf(command), address),
            safe(error),
            keys ? u"Allow it with ACL SETUSER <user> %R~<pattern of the queue keys>."_s
                 : u"Allow it with ACL SETUSER <user> %1."_s.arg(aclRuleFor(command))};
}

Failure plainError(const RedisReply& error, const RedisCommand& command, const QString& address) {
    const QByteArray text = error.text.toLower();
    if (text.contains("max number of clients"))
        return {FailureKind::overloaded, u"%1 has no free connection left."_s.arg(address), safe(error),
                u"Raise maxclients on the server or close unused connections."_s};
    if (text.contains("db index is out of range"))
        return {FailureKind::usage,
                u"%1 has no database %2."_s.arg(address, QString::fromUtf8(command.value(1))), safe(error),
                u"Use a smaller database number; most servers have 0 to 15."_s};
    if (text.contains("select is not allowed in cluster"))
        return {FailureKind::protocol, u"%1 is a node of a Redis Cluster."_s.arg(address), safe(error),
                u"Use redis+cluster://host:port with any of its nodes."_s};
    if (text.contains("without any password configured") || text.contains("invalid password") ||
        text.contains("wrong number of arguments for 'auth'"))
        return {FailureKind::authentication, u"%1 refused the user or the password."_s.arg(address),
                safe(error),
                u"Check both; a server without users takes a password only: redis://:password@host."_s};
    return {FailureKind::protocol, u"%1 did not understand %2."_s.arg(address, nameOf(command)), safe(error),
            u"Check that this is a Redis, Valkey, KeyDB or Dragonfly server of a supported version."_s};
}

}  // namespace

bool isDenied(const RedisReply& reply) {
    return reply.errorCode() == "NOPERM";
}

// "No permissions to access a key", "… to access one of the keys used as arguments".
bool deniesKey(const RedisReply& reply) {
    return isDenied(reply) && reply.text.contains("access");
}

QString aclRuleFor(const RedisCommand& command) {
    if (command.isEmpty()) return {};
    const QString name = QString::fromLatin1(command.front()).toLower();
    if ((name == u"client"_s || name == u"memory"_s || name == u"xinfo"_s) && command.size() > 1)
        return u'+' + name + u'|' + QString::fromLatin1(command.at(1)).toLower();
    return u'+' + name;
}

bool endsThePoll(const RedisReply& error) {
    static const QSet<QByteArray> ends{"LOADING", "MASTERDOWN", "NOAUTH",      "WRONGPASS", "BUSY",
                                       "MOVED",   "ASK",        "CLUSTERDOWN", "CROSSSLOT", "DENIED"};
    return error.isError() &&
           (ends.contains(error.errorCode()) || error.text.contains("max number of clients"));
}

Failure failureFromReply(const RedisReply& error, const RedisCommand& command, const QString& address) {
    const QByteArray code = error.errorCode();
    if (isDenied(error)) return permissionFailure(error, command, address);
    if (code == "WRONGTYPE")
        return {FailureKind::changed, reasonFromReply(error, command), safe(error),
                u"Check what else uses this database."_s};
    for (const Meaning& meaning : meanings())
        if (code.startsWith(meaning.code) && (code.size() == meaning.code.size()))
            return {meaning.kind, meaning.what.arg(address), safe(error), meaning.nextStep};
    return plainError(error, command, address);
}

QString reasonFromReply(const RedisReply& error, const RedisCommand& command, const QString& wanted) {
    const QByteArray code = error.errorCode();
    if (code == "WRONGTYPE")
        return wanted.isEmpty()
                   ? u"key %1 has another type than this queue system gives it"_s.arg(keyOf(command))
                   : u"key %1 is not a %2"_s.arg(keyOf(command), wanted);
    if (code == "TOOLARGE") return u"what stands in key %1 is too large to be read"_s.arg(keyOf(command));
    if (deniesKey(error))
        return u"the Redis user may not read key %1; ACL SETUSER <user> %R~<pattern> would allow it"_s.arg(
            keyOf(command));
    if (isDenied(error))
        return u"the Redis user may not run %1; ACL SETUSER <user> %2 would allow it"_s.arg(
            nameOf(command), aclRuleFor(command));
    if (error.text.contains("unknown command") || error.text.contains("nknown subcommand"))
        return u"this server does not know %1"_s.arg(nameOf(command));
    return error.isError() ? u"%1 answered: %2"_s.arg(nameOf(command), safe(error))
                           : u"%1 answered something unexpected"_s.arg(nameOf(command));
}

QString megabytesText(qint64 bytes) {
    return QString::number(static_cast<double>(bytes) / 1e6, 'f', 1) + u" MB"_s;
}

Failure silentServer(const QString& address, const RedisCommand& command, qint64 bytes) {
    const QString asked = questionOf(command);
    if (bytes >= kLargeValue)
        return {FailureKind::timeout,
                u"%1 was still sending a value of %2 when the time was up: it was asked %3."_s.arg(
                    address, megabytesText(bytes), asked),
                {},
                kHugeJobs};
    return {FailureKind::timeout,
            asked.isEmpty() ? u"%1 did not answer in time."_s.arg(address)
                            : u"%1 did not answer in time: it was asked %2."_s.arg(address, asked),
            {},
            u"Check the load of the server (SLOWLOG, long scripts, values of many MB) and the network."_s};
}

Failure tooLargeFailure(const RedisOversized& answer, const RedisReplyLimits& limits,
                        const QString& address) {
    const bool one = answer.text_bytes > limits.bytes_per_reply;
    return {FailureKind::overloaded,
            one ? u"%1 has a value of %2 in what it was asked (%3), and Spillway takes %4 at most."_s.arg(
                      address, megabytesText(answer.text_bytes), questionOf(answer.command),
                      megabytesText(limits.bytes_per_reply))
                : u"%1 sent an answer to %2 that is larger than Spillway accepts."_s.arg(
                      address, questionOf(answer.command)),
            {},
            kHugeJobs};
}

Failure failureFromForeignBytes(const QByteArray& bytes, const QString& address) {
    if (bytes.size() >= 2 && (bytes[0] == 0x15 || bytes[0] == 0x16) && bytes[1] == 0x03)
        return {FailureKind::tls,
                u"%1 speaks TLS, but the URL asks for a plain connection."_s.arg(address),
                {},
                u"Use rediss:// instead of redis://."_s};
    const QString seen = visibleText(bytes.left(60), 60);
    if (bytes.startsWith("HTTP/") || bytes.startsWith("<html") || bytes.startsWith("<!DOC"))
        return {FailureKind::protocol, u"%1 answers like a web server, not like Redis."_s.arg(address), seen,
                u"Check host and port."_s};
    if (bytes.startsWith("SSH-"))
        return {FailureKind::protocol, u"%1 answers like an SSH server, not like Redis."_s.arg(address), seen,
                u"Check host and port."_s};
    return {
        FailureKind::protocol, u"%1 answers something that is not the Redis protocol."_s.arg(address), seen,
        u"Check host and port; if they are right, something between here and the server changes the data."_s};
}

}  // namespace spillway
