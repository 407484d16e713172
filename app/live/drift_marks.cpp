#include "app/live/drift_marks.h"

#include <algorithm>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const QString kPrefix = u"drift:"_s;

// On the charts of the queue that the rule names; of all where it names none.
HistoryMark mark(const Reading& reading, const QString& rule, ServerTime at, const QString& text) {
    const auto& rules = reading.invariants;
    const auto of =
        std::find_if(rules.begin(), rules.end(), [&](const auto& one) { return one.name == rule; });
    return {.at = at,
            .kind = HistoryMarkKind::drift,
            .connection = reading.connection,
            .queue = of == rules.end() ? QString() : of->queue,
            .text = text};
}

}  // namespace

// The findings decide, because they wait for a second poll before they speak.
std::vector<HistoryMark> DriftMarks::update(const Reading& reading) {
    std::vector<HistoryMark> marks;
    auto& [began, open] =
        m_watched.try_emplace(reading.connection, Watched{reading.observed_at, {}}).first->second;
    std::set<QString> found;
    for (const Finding& finding : reading.findings) {
        if (!finding.id.startsWith(kPrefix)) continue;
        const QString name = finding.id.mid(kPrefix.size());
        found.insert(name);
        if (open.insert(name).second && finding.since >= began)
            marks.push_back(mark(reading, name, finding.since, finding.sentence));
    }
    for (const InvariantReading& rule : reading.invariants)
        if (rule.checked && rule.holds && !found.contains(rule.name) && open.erase(rule.name) > 0)
            marks.push_back(mark(reading, rule.name, rule.checked_at, u"%1 holds again"_s.arg(rule.name)));
    return marks;
}

}  // namespace spillway
