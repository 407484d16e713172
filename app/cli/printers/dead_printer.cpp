#include "app/cli/printers/dead_printer.h"

#include <QJsonDocument>
#include <algorithm>

#include "app/cli/printers/json_printer.h"
#include "app/cli/printers/signal_json.h"
#include "app/cli/printers/text_table.h"
#include "backends/domain/human_text.h"
#include "backends/health/error_signature.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kPayloadText = 2000;  // characters of one payload on a terminal
constexpr int kErrorText = 600;     // likewise of one error

QJsonValue numberJson(const std::optional<int>& number) {
    return number ? QJsonValue(*number) : QJsonValue(QJsonValue::Null);
}

QJsonValue ageJson(const std::optional<ServerTime>& since, ServerTime now) {
    return since ? QJsonValue(std::max(0.0, secondsBetween(*since, now))) : QJsonValue(QJsonValue::Null);
}

// As JSON where it is (Qt reads 1 024 levels), else as text with visible escapes.
void insertPayload(QJsonObject& job, const JobDetail& detail) {
    QJsonParseError error;
    const auto document = QJsonDocument::fromJson(detail.payload, &error);
    if (error.error == QJsonParseError::NoError)
        job[u"payload"_s] = document.isArray() ? QJsonValue(document.array()) : QJsonValue(document.object());
    else
        job[u"payload"_s] = visibleText(detail.payload, static_cast<int>(detail.payload.size()) * 6 + 1);
    job[u"payload_cut"_s] = detail.payload_cut;
}

QJsonObject jobJson(const DeadJob& job, const DeadAnswer& answer) {
    QJsonObject object{{u"id"_s, job.id},
                       {u"system"_s, job.system},
                       {u"queue"_s, job.queue},
                       {u"kind"_s, job.kind},
                       {u"died_at"_s, timeJson(job.died_at)},
                       {u"age_s"_s, ageJson(job.died_at, answer.page.observed_at)},
                       {u"attempts"_s, numberJson(job.attempts)},
                       {u"max_attempts"_s, numberJson(job.max_attempts)},
                       {u"error"_s, job.error},
                       {u"signature"_s, answer.signatures.value(deadKey(job), errorSignature(job.error))},
                       {u"payload_bytes"_s, measuredJson(job.payload_bytes)}};
    if (const auto detail = answer.details.constFind(deadKey(job)); detail != answer.details.cend())
        insertPayload(object, *detail);
    return object;
}

QJsonArray groupsJson(const DeadGroups& groups) {
    QJsonArray list;
    for (const DeadGroup& group : groups.groups)
        list << QJsonObject{{u"signature"_s, group.signature},
                            {u"kind"_s, group.kind},
                            {u"count"_s, measuredJson(group.count)},
                            {u"first_seen"_s, timeJson(group.first_seen)},
                            {u"last_seen"_s, timeJson(group.last_seen)},
                            {u"sample"_s, group.sample},
                            {u"sample_id"_s, group.sample_id}};
    return list;
}

QString ageText(const std::optional<ServerTime>& since, ServerTime now) {
    return since ? durationText(std::max(0.0, secondsBetween(*since, now))) : u"–"_s;
}

QString attemptsText(const DeadJob& job) {
    const auto text = [](const std::optional<int>& n) { return n ? QString::number(*n) : u"–"_s; };
    if (!job.attempts && !job.max_attempts) return u"–"_s;
    return job.max_attempts ? u"%1/%2"_s.arg(text(job.attempts), text(job.max_attempts)) : text(job.attempts);
}

QString payloadText(const DeadJob& job, const DeadAnswer& answer, const TextStyle& style) {
    const auto detail = answer.details.constFind(deadKey(job));
    if (detail == answer.details.cend()) return {};
    const QString cut = detail->payload_cut ? u" (cut)"_s : QString();
    return u"\n%1%2\n  %3\n"_s.arg(painted(visibleText(job.id, 60), Paint::strong, style.colours), cut,
                                   visibleText(detail->payload, kPayloadText));
}

}  // namespace

QString deadKey(const DeadJob& job) {
    return job.system + QChar(0x1f) + job.queue + QChar(0x1f) + job.id;
}

QJsonObject deadJson(const DeadAnswer& answer) {
    QJsonArray jobs;
    for (const DeadJob& job : answer.page.jobs) jobs << jobJson(job, answer);
    QJsonObject document{{u"jobs"_s, jobs},
                         {u"total"_s, measuredJson(answer.page.total)},
                         {u"more"_s, !answer.page.next.isEmpty()},
                         {u"groups"_s, QJsonArray()}};
    if (!answer.groups) return document;
    document[u"groups"_s] = groupsJson(*answer.groups);
    document[u"groups_scanned"_s] = answer.groups->scanned;
    document[u"groups_complete"_s] = answer.groups->complete;
    return document;
}

// An empty list is no news where nobody could have seen one.
static QString noneText(const DeadAnswer& answer) {
    if (answer.page.total.known() && answer.page.total.method.isEmpty()) return u"No dead job matches.\n"_s;
    return u"No dead job is seen, but not all can be: %1\n"_s.arg(visibleText(answer.page.total.method, 600));
}

QString deadText(const DeadAnswer& answer, const TextStyle& style) {
    if (answer.page.jobs.empty()) return fitted(noneText(answer), style.width);
    const bool several =
        std::any_of(answer.page.jobs.begin(), answer.page.jobs.end(),
                    [&](const DeadJob& job) { return job.system != answer.page.jobs.front().system; });
    TextTable table({u"job"_s, u"system?"_s, u"queue"_s, u"kind?"_s, u"died>"_s, u"attempts>"_s, u"error"_s});
    table.mayDrop({u"attempts"_s, u"kind"_s});
    for (const DeadJob& job : answer.page.jobs)
        table.add({{visibleText(job.id, 40)},
                   {several ? visibleText(job.system, 24) : QString()},
                   {visibleText(job.queue, 24)},
                   {visibleText(job.kind, 24)},
                   {ageText(job.died_at, answer.page.observed_at)},
                   {attemptsText(job)},
                   {visibleText(job.error, kErrorText)}});
    QString out = table.text(style);
    for (const DeadJob& job : answer.page.jobs) out += payloadText(job, answer, style);
    return out + u"\n%1 shown of %2\n"_s.arg(answer.page.jobs.size()).arg(countText(answer.page.total));
}

QString deadGroupsText(const DeadAnswer& answer, const TextStyle& style) {
    const DeadGroups groups = answer.groups.value_or(DeadGroups{});
    if (groups.groups.empty()) return fitted(noneText(answer), style.width);
    TextTable table({u"jobs>"_s, u"kind?"_s, u"first>"_s, u"last>"_s, u"error"_s});
    table.mayDrop({u"first"_s});
    for (const DeadGroup& group : groups.groups)
        table.add({{countText(group.count)},
                   {visibleText(group.kind, 24)},
                   {ageText(group.first_seen, groups.observed_at)},
                   {ageText(group.last_seen, groups.observed_at)},
                   {visibleText(group.signature, kErrorText)}});
    const QString scan = groups.complete ? u"all %1 dead jobs looked at"_s.arg(exactCountText(groups.scanned))
                                         : u"the newest %1 of %2 dead jobs looked at"_s.arg(
                                               exactCountText(groups.scanned), countText(answer.page.total));
    return table.text(style) + fitted(u'\n' + scan + u'\n', style.width);
}

}  // namespace spillway
