#include "widgets/checklist/known_now.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "widgets/checklist/change_form.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

ReadingPtr readingAt(const ConnectionViews& views, const QString& connection) {
    for (const auto& view : views)
        if (view.state == ConnectionState::live && view.last && checklistConnection(view) == connection)
            return view.last;
    return nullptr;
}

}  // namespace

KnownNow knownNow(const Checklist& checklist, const ConnectionViews& views) {
    KnownNow known;
    const QString queue = checklist.queueOrKind();
    const auto production = readingAt(views, checklist.connection);
    const auto staging = readingAt(views, checklist.staging);
    if (production) known.production = liveQueue(*production, queue);
    if (staging) known.staging = liveQueue(*staging, queue);
    if (production && staging) {
        known.parity = readingsParity(*staging, *production);
        known.parity_where = parityWhere(*staging, *production);
    }
    for (const auto& reading : {production, staging})
        if (reading)
            for (auto& rule : rulesOfData(*reading)) known.rules.push_back(std::move(rule));
    return known;
}

QString KnownNow::liveText() const {
    if (!production) return {};
    return u"%1 %2 run at once."_s.arg(
        visibleText(liveSentence(liveDocument(production, staging)), 400),
        production->at_once.known() ? countText(production->at_once) : u"Nobody knows how many"_s);
}

QString KnownNow::parityText(const QString& queue) const {
    if (!parity) return {};
    for (const auto& one : parity->queues)  // worst first
        if (one.queue == queue) return one.sentence;
    return parity->sentence;
}

bool KnownNow::rulesHold() const {
    return std::none_of(rules.begin(), rules.end(), [](const RuleOfData& rule) { return rule.broken(); });
}

QString KnownNow::rulesText() const {
    if (rules.empty()) return {};
    QStringList sentences;
    for (const auto& rule : rules)
        if (rule.broken() || !rule.checked) sentences << ruleSentence(rule);
    if (!sentences.isEmpty()) return sentences.join(u' ');
    return rules.size() == 1 ? u"The rule of the data “%1” holds."_s.arg(visibleText(rules.front().name, 80))
                             : u"All %1 rules of the data hold."_s.arg(rules.size());
}

}  // namespace spillway
