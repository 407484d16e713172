#include "backends/redis/acting/script.h"

#include <QCryptographicHash>
#include <QFile>

namespace spillway {
namespace {

RedisCommand command(const QByteArray& verb, const QByteArray& script, const QList<QByteArray>& keys,
                     const QList<QByteArray>& arguments) {
    return RedisCommand{verb, script, QByteArray::number(keys.size())} + keys + arguments;
}

}  // namespace

RedisScript::RedisScript(const QByteArray& name) {
    QFile file(QStringLiteral(":/redis/") + QString::fromLatin1(name) + QStringLiteral(".lua"));
    if (file.open(QIODevice::ReadOnly)) m_text = file.readAll();
    m_digest = QCryptographicHash::hash(m_text, QCryptographicHash::Sha1).toHex();
}

RedisCommand RedisScript::call(const QList<QByteArray>& keys, const QList<QByteArray>& arguments) const {
    return command("EVALSHA", m_digest, keys, arguments);
}

RedisCommand RedisScript::callWithText(const QList<QByteArray>& keys,
                                       const QList<QByteArray>& arguments) const {
    return command("EVAL", m_text, keys, arguments);
}

}  // namespace spillway
