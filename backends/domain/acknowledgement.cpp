#include "backends/domain/acknowledgement.h"

#include <algorithm>
#include <chrono>

#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// The history keeps milliseconds.
constexpr std::chrono::seconds kSameRun{1};

QString untilText(ServerTime until, ServerTime now) {
    const QDateTime end = displayTime(until);
    const bool today = end.date() == displayTime(now).date();
    return end.toString(today ? u"HH:mm"_s : u"ddd d MMM HH:mm"_s);
}

}  // namespace

bool covers(const Acknowledgement& said, const Finding& finding, ServerTime now) {
    if (said.taken_back || said.connection != finding.connection) return false;
    if (said.until && *said.until <= now) return false;
    if (said.finding.isEmpty())
        return said.until && said.system == finding.system && said.queue == finding.queue;
    if (said.finding != finding.id || finding.severity > said.severity) return false;
    return said.until || finding.since <= said.run_since + kSameRun;
}

void applyAcknowledgements(std::vector<Finding>& findings, const Acknowledgements& said, ServerTime now) {
    for (Finding& finding : findings) {
        const auto it = std::find_if(said.begin(), said.end(),
                                     [&](const Acknowledgement& one) { return covers(one, finding, now); });
        finding.acknowledged = it == said.end() ? std::nullopt : std::optional(*it);
    }
    std::stable_sort(findings.begin(), findings.end(), worseThan);
}

bool sameSubject(const Acknowledgement& a, const Acknowledgement& b) {
    return a.connection == b.connection && a.finding == b.finding && a.system == b.system &&
           a.queue == b.queue;
}

QString acknowledgementText(const Acknowledgement& said, ServerTime now) {
    QString text = said.finding.isEmpty() ? u"snoozed"_s : u"acknowledged"_s;
    if (!said.by.isEmpty()) text += u" by %1"_s.arg(visibleText(said.by, 60));
    text += said.until ? u" until %1"_s.arg(untilText(*said.until, now)) : u" until it ends"_s;
    return said.note.isEmpty() ? text : text + u": %1"_s.arg(visibleText(said.note, 200));
}

Acknowledgement acknowledgementOf(const Finding& finding) {
    return {.connection = finding.connection,
            .finding = finding.id,
            .system = finding.system,
            .queue = finding.queue,
            .severity = finding.severity,
            .run_since = finding.since};
}

}  // namespace spillway
