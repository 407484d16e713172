#include "backends/health/no_workers.h"

#include <algorithm>
#include <map>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const QString kRule = u"no_workers"_s;
constexpr qsizetype kPlacesNamed = 5;

// Some are alive and none takes jobs: they are quiet, as at the end of a deploy that never ended.
bool allAreQuiet(const WorkersReading& workers) {
    return std::any_of(workers.list.begin(), workers.list.end(),
                       [](const Worker& worker) { return worker.alive; });
}

// A queue that somebody empties has a worker, whatever the registry says.
bool isServed(const QueueHealth& queue) {
    return queue.flow.drain.valueOr(0) > 0 || queue.reading.running.valueOr(0) > 0;
}

bool noneIsLive(const WorkersReading& workers) {
    return workers.live.isExact() && *workers.live.value == 0;
}

// "pgboss:billing" → "billing"; the usual name space has no name.
QString placeOf(const Finding& finding) {
    const QString place = finding.system.section(u':', 1);
    return u"%1 (%2)"_s.arg(place.isEmpty() ? u"the usual one"_s : visibleText(place, 40),
                            countText(static_cast<qint64>(finding.impact)));
}

QString placesText(const std::vector<const Finding*>& findings) {
    QStringList names;
    for (const Finding* finding : findings)
        if (names.size() < kPlacesNamed) names << placeOf(*finding);
    const auto more = static_cast<qsizetype>(findings.size()) - names.size();
    return names.join(u", "_s) + (more > 0 ? u" and %1 more"_s.arg(more) : QString());
}

Finding merged(const std::vector<const Finding*>& all) {
    Finding f = *all.front();
    const QString title = f.sentence.section(u':', 0, 0);  // of the system: "BullMQ"
    double waiting = 0;
    for (const Finding* each : all) waiting += each->impact;
    f.id = kRule + u':' + f.system.section(u':', 0, 0) + u":*:"_s;
    f.title = u"%1 in %2 places"_s.arg(f.title).arg(all.size());
    f.sentence =
        u"%1, %2 waiting: %3."_s.arg(f.title, countText(static_cast<qint64>(waiting)), placesText(all));
    f.impact = waiting;
    return f;
}

}  // namespace

bool lacksWorkers(const QueueHealth& queue, const SystemHealth& system) {
    return noneIsLive(system.workers) && !queue.reading.paused.value_or(false) && !isServed(queue) &&
           queue.reading.ready.valueOr(0) > 0;
}

bool isUnserved(const QueueHealth& queue, const SystemHealth& system) {
    return std::any_of(system.conditions.begin(), system.conditions.end(), [&](const Condition& condition) {
        return condition.kind == ConditionKind::unserved && condition.queue == queue.reading.queue;
    });
}

std::optional<Finding> noWorkers(const FindingContext& context) {
    qint64 waiting = 0;
    int queues = 0;
    for (const auto& queue : context.system->queues) {
        if (!lacksWorkers(queue, *context.system)) continue;
        waiting += *queue.reading.ready.value;
        ++queues;
    }
    if (queues == 0) return std::nullopt;
    Finding f = newFinding(context, kRule, {}, Severity::critical);
    const QString title = context.system->identity.title;
    const bool quiet = allAreQuiet(context.system->workers);
    f.title =
        quiet ? u"%1 has no worker that takes jobs"_s.arg(title) : u"%1 has no live worker"_s.arg(title);
    f.sentence = u"%1: %2, %3 waiting in %4."_s.arg(
        title, quiet ? u"every live worker is quiet"_s : u"no live worker"_s, countText(waiting),
        queues == 1 ? u"1 queue"_s : u"%1 queues"_s.arg(queues));
    f.evidence = quiet ? u"They finish what they run and take nothing new."_s
                       : u"No worker has given a sign of life that the system itself still counts."_s;
    f.action = quiet ? u"Restart them: a process that was made quiet stays so until its end."_s
                     : u"Start workers, or look why they stopped."_s;
    f.impact = static_cast<double>(waiting);
    return f;
}

void mergeNoWorkers(std::vector<Finding>& seen) {
    std::map<QString, std::vector<const Finding*>> alike;  // the title tells the kind, and how it lacks them
    for (const Finding& finding : seen)
        if (finding.id.startsWith(kRule + u':')) alike[finding.title].push_back(&finding);
    std::vector<Finding> kept;
    for (const Finding& finding : seen) {
        const auto same = alike.find(finding.title);
        const bool several =
            same != alike.end() && same->second.size() > 1 && finding.id.startsWith(kRule + u':');
        if (!several)
            kept.push_back(finding);
        else if (same->second.front() == &finding)
            kept.push_back(merged(same->second));
    }
    seen.swap(kept);
}

bool tellsOfNoWorkers(const Finding& finding, const SystemIdentity& identity) {
    if (!finding.id.startsWith(kRule + u':')) return false;
    return finding.system == identity.key() ||
           finding.id.startsWith(kRule + u':' + identity.key().section(u':', 0, 0) + u":*:"_s);
}

}  // namespace spillway
