#include "backends/postgres/dead/job_reading.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "backends/health/error_signature.h"
#include "backends/postgres/engine/display_name.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int longestError = 2000;
constexpr qsizetype mostPayload = 1024 * 1024;

std::optional<int> number(const std::optional<qint64>& n) {
    return n ? std::optional(static_cast<int>(*n)) : std::nullopt;
}

std::vector<JobError> errorsFrom(const QByteArray& json) {
    std::vector<JobError> errors;
    for (const auto entry : QJsonDocument::fromJson(json).array()) {
        const auto object = entry.toObject();
        JobError error;
        const auto at = QDateTime::fromString(object["at"_L1].toString(), Qt::ISODateWithMs);
        if (at.isValid()) error.at = serverTimeFromMillis(at.toMSecsSinceEpoch());
        if (object["attempt"_L1].isDouble()) error.attempt = object["attempt"_L1].toInt();
        error.text = object["text"_L1].toString();
        errors.push_back(std::move(error));
    }
    return errors;
}

}  // namespace

DeadJob deadJobFrom(const Row& row, const QString& systemKey) {
    DeadJob job;
    job.system = systemKey;
    job.id = row.text("id");
    job.queue = displayName(row.bytes("queue").value_or(QByteArray()).toStdString());
    job.kind = row.text("kind");
    job.died_at = row.time("died_at");
    job.attempts = number(row.integer("attempts"));
    job.max_attempts = number(row.integer("max_attempts"));
    job.error = row.text("error").left(longestError);
    const auto bytes = row.integer("payload_bytes");
    job.payload_bytes = bytes
                            ? Measured<qint64>::estimated(*bytes, u"as stored, perhaps compressed"_s)
                            : Measured<qint64>::notObservable(u"the size of the payload is not read here"_s);
    job.version = row.text("version");
    return job;
}

JobDetail jobDetailFrom(const Row& row, const QString& systemKey) {
    JobDetail detail;
    detail.job = deadJobFrom(row, systemKey);
    const auto payload = row.bytes("payload");
    detail.payload = payload.value_or(QByteArray());
    detail.payload_cut =
        detail.payload.size() >= mostPayload || (!payload && detail.job.payload_bytes.valueOr(0) > 0);
    detail.payload.truncate(mostPayload);
    detail.errors = errorsFrom(row.bytes("errors").value_or(QByteArray()));
    if (detail.errors.empty() && !detail.job.error.isEmpty())
        detail.errors.push_back({detail.job.died_at, detail.job.attempts, detail.job.error});
    detail.enqueued_at = row.time("enqueued_at");
    detail.scheduled_at = row.time("scheduled_at");
    detail.started_at = row.time("started_at");
    return detail;
}

bool matches(const DeadJob& job, const JobFilter& filter, ServerTime now) {
    if (!filter.kind.isEmpty() && job.kind != filter.kind) return false;
    if (!filter.error_signature.isEmpty() && errorSignature(job.error) != filter.error_signature)
        return false;
    const double age = job.died_at ? secondsBetween(*job.died_at, now) : 0;
    if (filter.older_than_s && (!job.died_at || age < *filter.older_than_s)) return false;
    return !filter.newer_than_s || (job.died_at && age <= *filter.newer_than_s);
}

}  // namespace spillway
