#include "app/cli/history/findings.h"

#include <algorithm>

#include "app/cli/printers/text_table.h"
#include "backends/domain/acknowledgement.h"
#include "backends/domain/human_text.h"
#include "backends/domain/past_finding.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kOpen_s = 60;

QString saidOf(const FindingRun& run, const Acknowledgements& said, ServerTime now) {
    const Finding finding = pastFinding(run);
    const auto it = std::find_if(said.begin(), said.end(),
                                 [&](const Acknowledgement& one) { return covers(one, finding, now); });
    return it == said.end() ? QString() : u" ("_s + acknowledgementText(*it, now) + u')';
}

QString shortTime(ServerTime at) {
    return toUtc(at).toString(u"MM-dd HH:mm"_s);
}

}  // namespace

bool isStillOpen(const FindingRun& run, ServerTime now) {
    return secondsBetween(run.span.seen, now) <= kOpen_s;
}

QString findingRunsText(const std::vector<FindingRun>& runs, const Acknowledgements& said, ServerTime now,
                        const TextStyle& style) {
    if (runs.empty()) return u"No findings in that time.\n"_s;
    TextTable table({u"from (UTC)"_s, u"to"_s, u"severity"_s, u"connection"_s, u"finding"_s, u"what"_s});
    table.wrapLast();
    for (const FindingRun& run : runs) {
        const bool open = isStillOpen(run, now);
        table.add({{shortTime(run.span.since)},
                   {open ? u"still open"_s : shortTime(run.span.seen)},
                   {severityName(run.severity), run.severity == Severity::critical  ? Paint::critical
                                                : run.severity == Severity::warning ? Paint::warning
                                                                                    : Paint::none},
                   {visibleText(run.connection, 40)},
                   {visibleText(run.span.id, 80)},
                   {visibleText(run.title, 200) + (open ? saidOf(run, said, now) : QString())}});
    }
    return table.text(style);
}

QJsonObject findingRunJson(const FindingRun& run, ServerTime now) {
    const bool open = isStillOpen(run, now);
    return {{u"id"_s, run.span.id},
            {u"connection"_s, run.connection},
            {u"system"_s, run.system},
            {u"queue"_s, run.queue},
            {u"severity"_s, severityName(run.severity)},
            {u"title"_s, run.title},
            {u"sentence"_s, run.sentence},
            {u"since"_s, toIsoUtc(run.span.since)},
            {u"seen"_s, toIsoUtc(run.span.seen)},
            {u"open"_s, open}};
}

}  // namespace spillway
