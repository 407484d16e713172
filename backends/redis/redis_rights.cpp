#include "backends/redis/redis_rights.h"

#include <QVersionNumber>
#include <algorithm>
#include <cctype>
#include <set>

#include "backends/domain/human_text.h"
#include "backends/redis/acting/acting_rights.h"
#include "backends/redis/redis_kinds.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// As redis-cli reads it: what is not plain goes between quotes, bytes as \xNN.
QString ruleWord(const QByteArray& word) {
    static const QByteArrayView plain("~%*?[]^-_:.|+/{}@,");
    QByteArray quoted;
    bool needed = word.isEmpty();
    for (const char c : word) {
        const auto byte = static_cast<unsigned char>(c);
        const bool alphanumeric = byte < 0x80 && QChar::fromLatin1(c).isLetterOrNumber();
        needed = needed || !(alphanumeric || plain.contains(c));
        if (c == '"' || c == '\\')
            quoted += QByteArray("\\") + c;
        else if (byte < 0x20 || byte >= 0x7f)
            quoted += "\\x" + QByteArray(1, c).toHex();
        else
            quoted += c;
    }
    return QString::fromLatin1(needed ? '"' + quoted + '"' : word);
}

class RedisRights {
public:
    RedisRights(const QByteArray& user, int major)
        : m_user(ruleWord(user)), m_reading(major >= 7 ? "%R~" : "~"), m_dryRun(major >= 7) {}

    [[nodiscard]] QString grant(const QByteArrayList& rules) const {
        std::set<QByteArray> said;
        QStringList words;
        for (const QByteArray& rule : rules)
            if ((m_dryRun || rule != "+acl|dryrun") && said.insert(rule).second) words << ruleWord(rule);
        return u"ACL SETUSER %1 %2"_s.arg(m_user, words.join(u' '));
    }

    [[nodiscard]] SystemRights of(const RedisSystem& system) const {
        SystemRights rights;
        rights.identity = system.detected().identity;
        const QList<QByteArray> keys = system.keyPatterns();
        rights.observe << grant(withKeys(m_reading, keys) + allowed(readsOf(rights.identity.system)));
        const auto actor = redisActorFor(rights.identity.system);
        if (!actor) return rights;
        QByteArrayList rules;
        for (const ActionKind kind : {ActionKind::replay, ActionKind::release}) {
            rules += actingRules(*actor, kind, anyShelf(system));
            if (const QString gap = actor->gap(kind); !gap.isEmpty())
                rights.notes << u"No right gives %1: %2."_s.arg(actionKindName(kind), gap);
        }
        if (!rules.isEmpty()) rights.act << grant((withKeys("~", keys) << "~" + kActingLocks) + rules);
        return rights;
    }

private:
    [[nodiscard]] static QByteArrayList readsOf(const QString& system) {
        const auto kind = std::ranges::find_if(
            redisKinds(), [&](const RedisKind& each) { return system == QLatin1StringView(each.name); });
        return kind == redisKinds().end() ? QByteArrayList() : kind->reads;
    }
    [[nodiscard]] static QByteArrayList allowed(const QByteArrayList& commands) {
        QByteArrayList rules;
        for (const QByteArray& command : commands) rules << '+' + command;
        return rules;
    }
    [[nodiscard]] static QByteArrayList withKeys(const QByteArray& sign, const QList<QByteArray>& keys) {
        QByteArrayList rules;
        for (QByteArray key : keys) {
            for (char& c : key)  // a pattern must not have blanks: any one character stands for each
                if (std::isspace(static_cast<unsigned char>(c)) || c == '\0') c = '?';
            rules << sign + key;
        }
        return rules;
    }
    [[nodiscard]] static DeadShelf anyShelf(const RedisSystem& system) {
        const auto shelves = system.deadShelves({});
        return shelves.empty() ? DeadShelf() : shelves.front();
    }
    QString m_user;
    QByteArray m_reading;
    bool m_dryRun;
};

}  // namespace

Outcome<ServerRights> redisRights(const RedisSystems& systems, const ServerInfo& server,
                                  const QString& user) {
    const int major = QVersionNumber::fromString(server.version).majorVersion();
    const bool strange = std::ranges::any_of(user, [](QChar c) { return c.isSpace() || c.isNull(); });
    if (user.isEmpty() || strange)
        return Failure{FailureKind::usage,
                       u"\"%1\" cannot be the name of a Redis user."_s.arg(visibleText(user, 80)),
                       {},
                       u"Give one without blanks with --role."_s};
    if (major > 0 && major < 6)
        return Failure{FailureKind::usage,
                       u"%1 %2 has no users: whoever knows its password may do everything."_s.arg(
                           server.product, server.version),
                       {},
                       u"ACLs came with Redis 6."_s};
    const RedisRights least(user.toUtf8(), major);
    ServerRights rights{user, {}, {}, {}};
    QByteArrayList shared;
    for (const QByteArray& command : redisSharedReads()) shared << '+' + command;
    rights.login << least.grant(QByteArrayList{"on"} + shared);
    rights.notes
        << u"A new user has no password and cannot log in: add ACL SETUSER %1 >… in redis-cli, then ACL "
           "SAVE or CONFIG REWRITE to keep it."_s.arg(ruleWord(user.toUtf8()));
    for (const auto& system : systems) rights.systems.push_back(least.of(*system));
    return rights;
}

}  // namespace spillway
