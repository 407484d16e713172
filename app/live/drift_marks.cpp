#include "app/live/drift_marks.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const QString kPrefix = u"drift:"_s;

HistoryMark mark(const Reading& reading, ServerTime at, const QString& text) {
    return {.at = at, .kind = HistoryMarkKind::drift, .connection = reading.connection, .text = text};
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
            marks.push_back(mark(reading, finding.since, finding.sentence));
    }
    for (const InvariantReading& rule : reading.invariants)
        if (rule.checked && rule.holds && !found.contains(rule.name) && open.erase(rule.name) > 0)
            marks.push_back(mark(reading, rule.checked_at, u"%1 holds again"_s.arg(rule.name)));
    return marks;
}

}  // namespace spillway
