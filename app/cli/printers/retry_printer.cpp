#include "app/cli/printers/retry_printer.h"

#include <algorithm>
#include <cmath>

#include "app/cli/printers/json_printer.h"
#include "app/cli/printers/signal_json.h"
#include "app/cli/printers/text_printer.h"
#include "backends/domain/human_text.h"
#include "backends/health/blindness.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kBarWidth = 40;
constexpr std::size_t kMostRetryQueues = 20;  // on a terminal

// What the workers clear in a minute.
Rate perMinute(const Rate& drain) {
    if (!drain.known()) return drain;
    return {*drain.value * 60, drain.provenance, drain.method};
}

Count dueWithinTheHour(const QueueHealth& queue) {
    const auto& due = queue.reading.retry_due;
    if (!due.known()) return Count::notObservable(due.method);
    qint64 jobs = 0;
    for (const RetryDue& minute : queue.wave.minutes) jobs += minute.jobs;
    return {jobs, due.provenance, due.method};
}

QJsonObject queueJson(const QueueHealth& queue, const QString& system) {
    QJsonArray minutes;
    for (const RetryDue& minute : queue.wave.minutes)
        minutes << QJsonObject{{u"at"_s, toIsoUtc(minute.minute)}, {u"jobs"_s, minute.jobs}};
    return {{u"system"_s, system},
            {u"queue"_s, queue.reading.queue},
            {u"retrying"_s, measuredJson(queue.reading.retrying)},
            {u"due_within_1h"_s, measuredJson(dueWithinTheHour(queue))},
            {u"drain_per_minute"_s, measuredJson(perMinute(queue.flow.drain))},
            {u"wave"_s, waveJson(queue)},
            {u"minutes"_s, minutes}};
}

QString minuteText(ServerTime minute) {
    return toUtc(minute).toString(u"HH:mm"_s);
}

QString loadText(qint64 jobs, const Rate& clears) {
    if (!clears.known() || *clears.value <= 0) return {};
    return factorText(static_cast<double>(jobs) / *clears.value);
}

QString minutesText(const QueueHealth& queue, const TextStyle& style) {
    const Rate clears = perMinute(queue.flow.drain);
    const qint64 peak = queue.wave.peak ? queue.wave.peak->jobs : 1;
    TextTable table({u"due"_s, u"jobs>"_s, u"of a minute's drain>"_s, u""_s});
    table.mayDrop({u"of a minute's drain"_s});
    for (const RetryDue& minute : queue.wave.minutes) {
        if (minute.jobs == 0) continue;
        const double share =
            static_cast<double>(minute.jobs) / static_cast<double>(std::max<qint64>(1, peak));
        const bool tooMany =
            clears.known() && static_cast<double>(minute.jobs) > std::max(1.0, *clears.value);
        table.add({{minuteText(minute.minute)},
                   {exactCountText(minute.jobs)},
                   {loadText(minute.jobs, clears)},
                   {QString(std::max(1, static_cast<int>(std::lround(share * kBarWidth))), QChar(0x2588)),
                    tooMany ? Paint::warning : Paint::none}});
    }
    return table.text(style);
}

QString queueText(const QueueHealth& queue, const TextStyle& style) {
    const RetryWave& wave = queue.wave;
    const Rate clears = perMinute(queue.flow.drain);
    QString out = u"%1 · %2 wait for a retry · the workers clear %3 a minute\n"_s.arg(
        painted(visibleText(queue.reading.queue, 60), Paint::strong, style.colours),
        countText(queue.reading.retrying),
        clears.known() ? provenanceSign(clears.provenance) + exactCountText(std::llround(*clears.value))
                       : u"–"_s);
    if (!queue.reading.retry_due.known())
        return out + visibleText(queue.reading.retry_due.method, 400) + u'\n';
    if (!wave.peak) return out + u"No retry is due within the hour.\n"_s;
    out += retryWaveText(wave, minuteText(wave.peak->minute)) + u'\n' + minutesText(queue, style);
    if (queue.reading.retry_due.provenance != Provenance::exact)
        out += provenanceSign(queue.reading.retry_due.provenance) +
               visibleText(queue.reading.retry_due.method, 400) + u'\n';
    if (wave.overdue > 0) out += u"%1 were due before now\n"_s.arg(exactCountText(wave.overdue));
    if (wave.later > 0) out += u"%1 are due after this hour\n"_s.arg(exactCountText(wave.later));
    return out;
}

std::vector<const QueueHealth*> fullestFirst(const SystemHealth& system) {
    std::vector<const QueueHealth*> queues;
    for (const auto& queue : system.queues)
        if (queue.reading.retrying.valueOr(0) > 0 || queue.wave.peak ||
            queue.wave.overdue + queue.wave.later > 0)
            queues.push_back(&queue);
    const auto peak = [](const QueueHealth* q) { return q->wave.peak ? q->wave.peak->jobs : 0; };
    std::stable_sort(queues.begin(), queues.end(),
                     [&](const auto* a, const auto* b) { return peak(a) > peak(b); });
    return queues;
}

// None is said only where one would have been seen.
QString noRetriesText(const SystemHealth& system) {
    for (const auto& queue : system.queues)
        if (!queue.reading.retry_due.known() && queue.reading.retrying.valueOr(1) != 0)
            return u"whether jobs wait for a retry cannot be seen: %1\n"_s.arg(
                visibleText(queue.reading.retry_due.method, 400));
    if (const auto blind = blindnessOf(system); blind && system.queues.empty())
        return blindnessText(*blind) + u'\n';
    return u"no job waits for a retry\n"_s;
}

}  // namespace

QJsonObject retriesJson(const Reading& reading) {
    QJsonArray queues;
    for (const auto& system : reading.systems)
        for (const auto& queue : system.queues) queues << queueJson(queue, system.identity.key());
    return {{u"schema"_s, 1},
            {u"observed_at"_s, toIsoUtc(reading.observed_at)},
            {u"connection"_s, connectionJson(reading)},
            {u"queues"_s, queues}};
}

QString retriesText(const Reading& reading, const TextStyle& style) {
    QString out =
        serverLine(reading.connection, reading.environment, reading.server) + u" · times in UTC\n"_s;
    for (const auto& system : reading.systems) {
        const auto queues = fullestFirst(system);
        out += u'\n' + painted(systemHeading(system.identity), Paint::strong, style.colours) + u'\n';
        if (queues.empty()) out += noRetriesText(system);
        for (std::size_t i = 0; i < std::min(queues.size(), kMostRetryQueues); ++i)
            out += queueText(*queues[i], style);
        if (queues.size() > kMostRetryQueues)
            out += u"and %1 more queues\n"_s.arg(queues.size() - kMostRetryQueues);
    }
    return fitted(out, style.width);
}

}  // namespace spillway
