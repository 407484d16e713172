#include "widgets/models/scope_choice.h"

#include <algorithm>

#include "backends/domain/human_text.h"
#include "widgets/models/connection_label.h"

namespace spillway {
using namespace Qt::StringLiterals;

std::vector<ScopeChoice> scopeChoices(const ConnectionViews& views, bool everything) {
    std::vector<ScopeChoice> choices;
    if (everything) choices.push_back({u"All connections"_s, {}});
    for (const auto& view : views) {
        const QString name = connectionLabel(view.name);
        choices.push_back({name, {view.name, {}, {}}});
        if (!view.last || view.last->systems.size() < 2) continue;
        for (const auto& system : view.last->systems)
            choices.push_back(
                {u"%1 · %2"_s.arg(name, system.identity.label()), {view.name, system.identity.key(), {}}});
    }
    return choices;
}

int indexOfScope(const std::vector<ScopeChoice>& choices, const QueueRef& scope) {
    const auto find = [&](const QString& system) {
        const QueueRef wanted{scope.connection, system, {}};
        return std::find_if(choices.begin(), choices.end(),
                            [&](const auto& choice) { return choice.scope == wanted; });
    };
    auto it = find(scope.system);
    if (it == choices.end()) it = find({});
    return it == choices.end() ? -1 : static_cast<int>(it - choices.begin());
}

QString ScopedSystem::where() const {
    return u"%1 · %2"_s.arg(connectionLabel(view->name), system->identity.label());
}

std::vector<ScopedSystem> systemsIn(const ConnectionViews& views, const QueueRef& scope) {
    std::vector<ScopedSystem> found;
    for (const auto& view : views) {
        if (!view.last || (!scope.connection.isEmpty() && view.name != scope.connection)) continue;
        for (const auto& system : view.last->systems)
            if (scope.system.isEmpty() || system.identity.key() == scope.system)
                found.push_back({&view, &system});
    }
    return found;
}

std::vector<ScopedQueue> queuesIn(const ConnectionView& view, const QueueRef& scope) {
    std::vector<ScopedQueue> found;
    if (!view.last) return found;
    for (const auto& system : view.last->systems) {
        if (!scope.system.isEmpty() && system.identity.key() != scope.system) continue;
        for (const auto& queue : system.queues)
            if (scope.queue.isEmpty() || queue.reading.queue == scope.queue)
                found.push_back({&system, &queue});
    }
    return found;
}

}  // namespace spillway
