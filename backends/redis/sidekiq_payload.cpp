#include "backends/redis/sidekiq_payload.h"

#include <QJsonDocument>

namespace spillway {
using namespace Qt::StringLiterals;

std::optional<ServerTime> sidekiqTimeFrom(const QJsonValue& value) {
    const double number = value.toDouble(0);
    constexpr double kLatestSeconds = 1e11;  // the year 5138 in seconds, 1973 in milliseconds
    if (!(number > 0) || number > 1e14) return std::nullopt;
    return number > kLatestSeconds ? serverTimeFromSeconds(number / 1e3) : serverTimeFromSeconds(number);
}

std::optional<SidekiqJob> sidekiqJobFrom(const QByteArray& payload) {
    const QJsonDocument document = QJsonDocument::fromJson(payload);
    if (!document.isObject()) return std::nullopt;
    const QJsonObject job = document.object();
    return SidekiqJob{job.value("queue"_L1).toString().toUtf8(),
                      sidekiqTimeFrom(job.value("enqueued_at"_L1))};
}

}  // namespace spillway
