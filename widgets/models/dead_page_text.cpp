#include "widgets/models/dead_page_text.h"

#include "backends/domain/human_text.h"
#include "widgets/models/connection_label.h"
#include "widgets/models/dead_summary.h"
#include "widgets/models/finding_place.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

EmptyText nothingDeadText(const ConnectionView& view, const QueueRef& scope, bool filtered) {
    const DeadSummary summary = deadSummary(queuesIn(view, scope));
    const QString name = scopeName(&view, scope);
    if (!summary.kept)
        return {
            u"queue"_s,
            u"%1 keeps no dead letters"_s.arg(name),
            {},
            summary.verdict.isEmpty() ? u"Jobs that are given up leave no trace here."_s : summary.verdict,
            {}};
    if (filtered)
        return {u"search"_s,
                u"No dead letter matches the filter"_s,
                {},
                u"Clear it to see all of %1."_s.arg(name),
                u"Clear filter"_s};
    return {u"good"_s,
            u"No dead letter in %1"_s.arg(name),
            {},
            u"A job shows here once it is given up for good."_s,
            {}};
}

}  // namespace

QString scopeName(const ConnectionView* view, const QueueRef& scope) {
    if (!scope.queue.isEmpty()) return visibleText(scope.queue, 60);
    if (view && view->last && !scope.system.isEmpty())
        for (const auto& system : view->last->systems)
            if (system.identity.key() == scope.system) return system.identity.label();
    return connectionLabel(scope.connection);
}

EmptyText deadListText(const ConnectionViews& views, const ConnectionView* view, const QueueRef& scope,
                       const DeadListSituation& situation, const QDateTime& now) {
    if (!view) return views.empty() ? nothingConnectedText() : loadingText(views.front().name);
    if (!view->last) return emptyTextFor({*view}, now).value_or(loadingText(view->name));
    switch (situation.state) {
        case DeadListState::failed:
            return failureText(situation.failure, std::nullopt, now);
        case DeadListState::cancelled:
            return {
                u"stale"_s, u"Not read"_s, {}, u"Reading the dead letters was stopped."_s, u"Read them"_s};
        case DeadListState::shown:
            return nothingDeadText(*view, scope, situation.filtered);
        case DeadListState::idle:
        case DeadListState::loading:
            break;
    }
    return {
        u"connecting"_s, u"Reading the dead letters of %1…"_s.arg(scopeName(view, scope)), {}, {}, u"Stop"_s};
}

QueueRef worstDeadScope(const ConnectionViews& views) {
    const ConnectionView* fallback = views.empty() ? nullptr : &views.front();
    for (const auto& view : views) {
        if (!view.last) continue;
        if (!fallback->last) fallback = &view;
        for (const auto& finding : view.last->findings)
            if (placeOf(finding) == Place::dead_letters) return {view.name, {}, {}};
    }
    return fallback ? QueueRef{fallback->name, {}, {}} : QueueRef();
}

}  // namespace spillway
