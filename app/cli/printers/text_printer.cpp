#include "app/cli/printers/text_printer.h"

#include <algorithm>
#include <cmath>

#include "backends/domain/acknowledgement.h"
#include "backends/domain/human_text.h"
#include "backends/health/blindness.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString plural(qint64 n, const QString& one, const QString& many) {
    return u"%1 %2"_s.arg(exactCountText(n), n == 1 ? one : many);
}

Paint paintOf(std::optional<Severity> severity) {
    if (!severity) return Paint::none;
    return *severity == Severity::critical  ? Paint::critical
           : *severity == Severity::warning ? Paint::warning
                                            : Paint::none;
}

QString sign(Severity severity) {
    return severity == Severity::critical  ? u"CRITICAL"_s
           : severity == Severity::warning ? u"WARNING "_s
                                           : u"info    "_s;
}

// What has just been seen for the first time has no history worth a line.
constexpr double kWorthTelling_s = 120;

QString findingText(const Finding& f, ServerTime now, const TextStyle& style) {
    QString out = painted(sign(f.severity), paintOf(f.severity), style.colours) + u"  "_s +
                  visibleText(f.sentence, 400) + u'\n';
    if (const double age_s = secondsBetween(f.since, now);
        f.since != ServerTime{} && age_s >= kWorthTelling_s)
        out += u"          since %1 UTC, for %2\n"_s.arg(toUtc(f.since).toString(u"yyyy-MM-dd HH:mm"_s),
                                                         durationText(age_s));
    if (f.acknowledged) out += u"          %1\n"_s.arg(acknowledgementText(*f.acknowledged, now));
    if (!f.evidence.isEmpty())
        out += u"          "_s + painted(visibleText(f.evidence, 400), Paint::faint, style.colours) + u'\n';
    if (!f.action.isEmpty()) out += u"          → "_s + visibleText(f.action, 400) + u'\n';
    return out;
}

QString findingsText(const Reading& reading, const TextStyle& style) {
    const auto blind = blindnessOf(reading);
    QString out;
    if (blind)
        out = painted(u"BLIND   "_s, Paint::warning, style.colours) + u"  "_s + blindnessText(*blind) + u'\n';
    if (reading.findings.empty())
        return out + (blind ? u"No findings among what can be seen.\n"_s
                            : painted(u"No findings."_s, Paint::good, style.colours) + u'\n');
    for (const auto& finding : reading.findings) out += findingText(finding, reading.observed_at, style);
    if (reading.findings_not_shown > 0) out += u"          and %1 more.\n"_s.arg(reading.findings_not_shown);
    return out;
}

QString workersText(const WorkersReading& workers) {
    if (!workers.live.known()) return u"workers –"_s;
    QString out = u"workers %1"_s.arg(countText(workers.live));
    if (workers.concurrency.known()) out += u", %1 jobs at once"_s.arg(countText(workers.concurrency));
    if (workers.busy.known()) out += u", %1 busy"_s.arg(countText(workers.busy));
    return out;
}

// "3.1×": executions for each first attempt.
TableCell amplificationCell(const QueueHealth& q) {
    const auto& retry = q.retry;
    if (retry.retries_only) return {u"only"_s, Paint::warning};
    if (!retry.amplification.known()) return {u"–"_s, Paint::faint};
    const double share = retry.retry_share.valueOr(0);
    return {provenanceSign(retry.amplification.provenance) + factorText(*retry.amplification.value),
            share >= q.limits.retry_critical_share  ? Paint::critical
            : share >= q.limits.retry_warning_share ? Paint::warning
                                                    : Paint::none};
}

// "3" claims that were duplicates, or "0" with the bound that so many clean ones prove.
TableCell duplicatesCell(const DuplicateClaims& claims) {
    if (!claims.duplicates.known()) return {u"–"_s, Paint::faint};
    if (*claims.duplicates.value > 0) return {countText(claims.duplicates), Paint::critical};
    if (!claims.upper95_ppm.known() || *claims.upper95_ppm.value > 10'000)
        return countCell(claims.duplicates);
    const auto bound = static_cast<qint64>(std::ceil(*claims.upper95_ppm.value));
    return {u"0 (≤ %1 ppm)"_s.arg(exactCountText(bound)), Paint::faint};
}

constexpr int kBlockedColumn = 7;

// A column that most queue systems never fill: there only where it says something.
bool anyBlocked(const SystemHealth& system) {
    return std::any_of(system.queues.begin(), system.queues.end(),
                       [](const QueueHealth& q) { return q.reading.blocked.valueOr(0) > 0; });
}

QString stateClause(const QueueReading& queue) {
    if (queue.paused.value_or(false)) return u" (paused)"_s;
    return queue.dead_letter_queue ? u" (dead letters)"_s : QString();
}

std::vector<TableCell> queueRow(const QueueHealth& q, bool withBlocked) {
    const Paint paint = paintOf(q.severity);
    std::vector<TableCell> row{
        {visibleText(q.reading.queue, 40) + stateClause(q.reading), paint},
        countCell(q.reading.ready, paint),
        {durationText(q.oldest_age_s)},
        {rateText(q.flow.arrival)},
        {rateText(q.flow.drain)},
        countCell(q.reading.running),
        countCell(q.reading.scheduled),
        countCell(q.reading.retrying),
        countCell(q.reading.dead, paint),
        {q.reading.dead.valueOr(1) == 0 ? QString() : durationText(q.dead_oldest_age_s)},
        amplificationCell(q),
        duplicatesCell(q.duplicates),
        {q.reading.paused.value_or(false) ? u"paused"_s : drainVerdictText(q.forecast, q.flow), paint}};
    if (withBlocked) row.insert(row.begin() + kBlockedColumn, countCell(q.reading.blocked));
    return row;
}

std::vector<const QueueHealth*> worstFirst(const SystemHealth& system) {
    std::vector<const QueueHealth*> queues;
    for (const auto& queue : system.queues) queues.push_back(&queue);
    const auto rank = [](const QueueHealth* q) { return q->severity ? static_cast<int>(*q->severity) : -1; };
    std::stable_sort(queues.begin(), queues.end(), [&](const auto* a, const auto* b) {
        if (rank(a) != rank(b)) return rank(a) > rank(b);
        return a->reading.ready.valueOr(0) > b->reading.ready.valueOr(0);
    });
    return queues;
}

QString systemText(const SystemHealth& system, const TextStyle& style) {
    const bool withBlocked = anyBlocked(system);
    QStringList heads({u"queue"_s, u"ready>"_s, u"oldest>"_s, u"in>"_s, u"out>"_s, u"running>"_s,
                       u"scheduled>"_s, u"retrying>"_s, u"dead>"_s, u"oldest dead>"_s, u"retries>"_s,
                       u"twice>"_s, u"backlog"_s});
    if (withBlocked) heads.insert(kBlockedColumn, u"blocked>"_s);
    TextTable table(heads);
    table.mayDrop({u"scheduled"_s, u"oldest dead"_s, u"running"_s, u"blocked"_s, u"retrying"_s, u"twice"_s,
                   u"retries"_s, u"in"_s, u"out"_s, u"oldest"_s, u"dead"_s});
    for (const auto* queue : worstFirst(system)) table.add(queueRow(*queue, withBlocked));
    QString out = painted(systemHeading(system.identity), Paint::strong, style.colours) + u" · "_s +
                  workersText(system.workers) + u'\n';
    out += system.queues.empty() ? u"no queue yet\n"_s : table.text(style);
    if (system.queues_not_shown > 0)
        out += u"and %1 that one poll does not read\n"_s.arg(
            plural(system.queues_not_shown, u"more queue"_s, u"more queues"_s));
    return out;
}

QString costText(const PollCosts& costs) {
    const auto server = costs.medianServer_ms();
    QString out = u"%1, median %2 ms, longest %3 ms"_s.arg(plural(costs.count(), u"poll"_s, u"polls"_s))
                      .arg(costs.medianWall_ms(), 0, 'f', 1)
                      .arg(costs.maxWall_ms(), 0, 'f', 1);
    if (server.known())
        out +=
            u", %1%2 ms of the server"_s.arg(provenanceSign(server.provenance)).arg(*server.value, 0, 'f', 1);
    return out;
}

}  // namespace

// Like countText, but a count that is exactly zero stays quiet.
TableCell countCell(const Count& n, Paint paint) {
    if (n.isExact() && n.valueOr(0) == 0) return {u"0"_s, Paint::faint};
    return {countText(n), tellsSomething(n) ? paint : Paint::faint};
}

QString systemHeading(const SystemIdentity& identity) {
    QStringList parts{visibleText(identity.name(), 60)};
    if (!identity.version.isEmpty()) parts << visibleText(identity.version, 30);
    if (!identity.saysItsNameSpace()) parts << u"(%1)"_s.arg(visibleText(identity.name_space, 60));
    return parts.join(u' ');
}

QString serverLine(const QString& name, Environment environment, const ServerInfo& server) {
    const QString role = server.role == ServerRole::replica ? u", replica"_s : QString();
    return u"%1 · %2 · %3 %4%5"_s.arg(environmentName(environment).toUpper(), visibleText(name, 120),
                                      visibleText(server.product, 30), visibleText(server.version, 30), role);
}

QString statusText(const Reading& reading, const PollCosts& costs, const TextStyle& style) {
    QString out = serverLine(reading.connection, reading.environment, reading.server) + u"\n\n"_s;
    out += findingsText(reading, style);
    for (const auto& system : reading.systems) out += u'\n' + systemText(system, style);
    out += u'\n' + painted(u"%1 UTC · %2 · server clock %3 s\n"_s.arg(
                               toUtc(reading.observed_at).toString(u"yyyy-MM-dd HH:mm:ss"_s), costText(costs),
                               QString::asprintf("%+.2f", reading.clock_skew_s)),
                           Paint::faint, style.colours);
    return fitted(out, style.width);
}

QString detectText(const ConnectionSettings& settings, const ServerInfo& server,
                   const std::vector<DetectedSystem>& systems, const TextStyle& style) {
    QString out = serverLine(settings.name, settings.environment, server) + u'\n';
    if (server.superuser)
        out +=
            painted(
                u"%1 is a superuser. A role that may read the tables of the queues is enough, and can do no "
                "harm: GRANT pg_read_all_data, or SELECT on their schema."_s.arg(
                    visibleText(server.user, 60)),
                Paint::warning, style.colours) +
            u'\n';
    for (const auto& system : systems) {
        out += u'\n' + painted(systemHeading(system.identity), Paint::strong, style.colours) + u'\n';
        if (!system.unread.isEmpty()) {
            out += painted(u"not read: "_s, Paint::warning, style.colours) + visibleText(system.unread, 400) +
                   u'\n';
            continue;
        }
        TextTable table({u"signal"_s, u"seen"_s, u"why"_s});
        table.wrapLast();
        for (const auto& c : system.capabilities.list())
            table.add({{visibleText(c.signal, 40)},
                       {c.observable ? u"yes"_s : u"no"_s, c.observable ? Paint::good : Paint::warning},
                       {visibleText(c.why, 200)}});
        out += table.text(style);
    }
    return fitted(out, style.width);
}

}  // namespace spillway
