#include "backends/redis/acting/script.h"

#include <QCryptographicHash>
#include <QFile>
#include <QRegularExpression>

namespace spillway {
namespace {

RedisCommand command(const QByteArray& verb, const QByteArray& script, const QList<QByteArray>& keys,
                     const QList<QByteArray>& arguments) {
    return RedisCommand{verb, script, QByteArray::number(keys.size())} + keys + arguments;
}

QByteArray scriptText(const QByteArray& name) {
    QFile file(QStringLiteral(":/redis/") + QString::fromLatin1(name) + QStringLiteral(".lua"));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

RedisScript::RedisScript(const QByteArray& name) : m_text(scriptText(name)) {
    m_text.replace("-- uses redis/checks.lua\n", scriptText("redis/checks"));
    m_digest = QCryptographicHash::hash(m_text, QCryptographicHash::Sha1).toHex();
}

QByteArrayList RedisScript::calls() const {
    static const QRegularExpression call(QStringLiteral("call\\('([A-Z]+)'(?:, '([A-Z]+)')?"));
    QByteArrayList names;
    for (auto it = call.globalMatch(QString::fromUtf8(m_text)); it.hasNext();) {
        const auto found = it.next();
        QByteArray name = found.captured(1).toLatin1().toLower();
        if (name == "xinfo" || name == "memory") name += '|' + found.captured(2).toLatin1().toLower();
        if (!names.contains(name)) names << name;
    }
    return names;
}

RedisCommand RedisScript::call(const QList<QByteArray>& keys, const QList<QByteArray>& arguments) const {
    return command("EVALSHA", m_digest, keys, arguments);
}

RedisCommand RedisScript::callWithText(const QList<QByteArray>& keys,
                                       const QList<QByteArray>& arguments) const {
    return command("EVAL", m_text, keys, arguments);
}

}  // namespace spillway
