#include "backends/redis/sidekiq/put_back.h"

#include <QCryptographicHash>

#include "backends/redis/acting/json_edit.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Version 8 writes milliseconds as a whole number, those before seconds with a fraction.
QByteArray timeLike(const QByteArray& job, ServerTime now) {
    const auto created = jsonMember(job, "created_at");
    if (created && !created->contains('.') && created->toLongLong() > 100'000'000'000)
        return QByteArray::number(millisSinceEpoch(now));
    const double seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
    return QByteArray::number(seconds, 'f', 6);
}

}  // namespace

std::optional<QByteArray> sidekiqRetried(const QByteArray& member, ServerTime now) {
    auto job = std::optional(member);
    bool isNumber = false;
    if (const auto count = jsonMember(member, "retry_count")) {
        const int attempts = count->toInt(&isNumber);
        if (isNumber) job = withJsonMember(*job, "retry_count", QByteArray::number(attempts - 1));
    }
    return job ? withJsonMember(*job, "enqueued_at", timeLike(member, now)) : std::nullopt;
}

QString sidekiqBefore(const QByteArray& member, const QByteArray& queue) {
    return QString::fromUtf8(jsonMember(member, "enqueued_at").value_or(QByteArray()) + '|' +
                             jsonMember(member, "retry_count").value_or(QByteArray()) + '|' + queue);
}

std::optional<QByteArray> sidekiqAsBefore(const QByteArray& waiting, const QString& before,
                                          const QByteArray& digest) {
    auto job = withJsonMember(waiting, "enqueued_at", before.section(u'|', 0, 0).toUtf8());
    const QByteArray count = before.section(u'|', 1, 1).toUtf8();
    if (job && !count.isEmpty()) job = withJsonMember(*job, "retry_count", count);
    if (!job || QCryptographicHash::hash(*job, QCryptographicHash::Sha1).toHex() != digest)
        return std::nullopt;
    return job;
}

}  // namespace spillway
