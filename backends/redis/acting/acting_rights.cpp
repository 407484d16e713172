#include "backends/redis/acting/acting_rights.h"

#include "backends/domain/human_text.h"
#include "backends/redis/acting/script.h"
#include "backends/redis/wire/errors.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// What every action needs besides its own writes.
std::vector<RedisCommand> common() {
    const QByteArray lock = "spillway:lock:x";
    return {{"EVALSHA", QByteArray(40, '0'), "0"},
            {"EVAL", "return 1", "0"},
            {"SET", lock, "1", "NX", "PX", "1"},
            {"GET", lock},
            {"PEXPIRE", lock, "1"},
            {"DEL", lock}};
}

std::vector<RedisCommand> commandsOf(const RedisActor& actor, ActionKind kind, const DeadShelf& shelf) {
    const bool known = !shelf.key.isEmpty() || !shelf.queue.isEmpty();
    auto commands = common();
    for (const auto& own :
         {actor.writes(kind, known ? actor.keyStart(shelf) : QByteArray()), actor.writesAt(kind, shelf)})
        commands.insert(commands.end(), own.begin(), own.end());
    return commands;
}

struct Missing {
    QStringList rules;
    bool unknown = false;
};

}  // namespace

void askActingRights(RedisPipeline& pipeline, const RedisActor& actor, ActionKind kind,
                     const ActingPlace& place, const QByteArray& user, Capabilities& capabilities) {
    const QString name = actionKindName(kind);
    for (const QString& gap : {actor.gap(kind), actor.gapAt(kind, place)})
        if (!gap.isEmpty()) return capabilities.set(name, false, gap);
    const bool known = !place.shelf.key.isEmpty() || !place.shelf.queue.isEmpty();
    const QByteArray keyStart = known ? actor.keyStart(place.shelf) : QByteArray();
    const auto missing = std::make_shared<Missing>();
    for (const RedisCommand& command : commandsOf(actor, kind, place.shelf)) {
        const QString pattern = command.value(1).startsWith("spillway:")
                                    ? u"~spillway:lock:*"_s
                                    : u'~' + visibleText(keyStart, 80) + u'*';
        pipeline.add(RedisCommand{"ACL", "DRYRUN", user} + command,
                     [missing, command, pattern](const RedisReply& reply) {
                         if (reply.isError()) missing->unknown = true;
                         if (reply.isError() || reply.text == "OK") return;
                         const QString rule = reply.text.contains("key") ? pattern : aclRuleFor(command);
                         if (!missing->rules.contains(rule)) missing->rules << rule;
                     });
    }
    pipeline.add({"TIME"}, [missing, name, user, &capabilities](const RedisReply&) {
        if (!missing->rules.isEmpty())
            return capabilities.set(name, false,
                                    u"the Redis user may not do it; ACL SETUSER %1 %2 would allow it"_s.arg(
                                        visibleText(user, 60), missing->rules.join(u' ')));
        capabilities.set(name, true,
                         missing->unknown ? u"each job by one script; whether the user may run it shows when "
                                            "it does, before anything is changed"_s
                                          : u"each job by one script that compares and sets"_s);
    });
}

QByteArrayList actingRules(const RedisActor& actor, ActionKind kind, const DeadShelf& shelf) {
    QByteArrayList rules;
    if (!actor.gap(kind).isEmpty()) return rules;
    for (const RedisCommand& command : commandsOf(actor, kind, shelf))
        rules << aclRuleFor(command).toLatin1();
    for (const QByteArray& script : {QByteArray("redis/lock_renew"), QByteArray("redis/lock_release"),
                                     actor.room() + '/' + actionKindName(kind).toLatin1()})
        for (const QByteArray& called : RedisScript(script).calls()) rules << '+' + called;
    return rules << "+acl|dryrun";
}

}  // namespace spillway
