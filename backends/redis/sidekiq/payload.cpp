#include "backends/redis/sidekiq/payload.h"

#include <QJsonDocument>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kDefaultRetries = 25;
constexpr int kErrorLength = 2000;

std::optional<int> maxAttempts(const QJsonValue& retry) {
    if (retry.isBool()) return retry.toBool() ? kDefaultRetries + 1 : 1;
    if (retry.isDouble()) return std::clamp(retry.toInt(), 0, 1'000'000) + 1;
    return std::nullopt;
}

QString errorOf(const QJsonObject& job) {
    const QString name = job.value("error_class"_L1).toString();
    const QString message = job.value("error_message"_L1).toString();
    return (name.isEmpty() || message.isEmpty() ? name + message : name + u": "_s + message)
        .left(kErrorLength);
}

}  // namespace

std::optional<ServerTime> sidekiqTimeFrom(const QJsonValue& value) {
    const double number = value.toDouble(0);
    constexpr double kLatestSeconds = 1e11;  // the year 5138 in seconds, 1973 in milliseconds
    if (!(number > 0) || number > 1e14) return std::nullopt;
    return number > kLatestSeconds ? serverTimeFromSeconds(number / 1e3) : serverTimeFromSeconds(number);
}

SidekiqJob sidekiqJobFrom(const QJsonObject& fields) {
    SidekiqJob job;
    job.queue = fields.value("queue"_L1).toString().toUtf8();
    job.enqueued_at = sidekiqTimeFrom(fields.value("enqueued_at"_L1));
    job.jid = fields.value("jid"_L1).toString();
    job.kind = fields.value("wrapped"_L1).toString(fields.value("class"_L1).toString());
    if (const QJsonValue count = fields.value("retry_count"_L1); count.isDouble())
        job.retry_count = count.toInt();
    job.max_attempts = maxAttempts(fields.value("retry"_L1));
    job.error = errorOf(fields);
    job.backtrace_bytes = fields.value("error_backtrace"_L1).toString().size();
    job.created_at = sidekiqTimeFrom(fields.value("created_at"_L1));
    job.failed_at = sidekiqTimeFrom(fields.value("failed_at"_L1));
    job.retried_at = sidekiqTimeFrom(fields.value("retried_at"_L1));
    return job;
}

std::optional<SidekiqJob> sidekiqJobFrom(const QByteArray& payload) {
    const QJsonDocument document = QJsonDocument::fromJson(payload);
    if (!document.isObject()) return std::nullopt;
    return sidekiqJobFrom(document.object());
}

QByteArray sidekiqPutBackMark(const QByteArray& start, const QString& jid) {
    return "spillway:lost:" + start + jid.toUtf8();
}

}  // namespace spillway
