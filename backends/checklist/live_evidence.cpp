#include "backends/checklist/live_evidence.h"

#include <QJsonArray>

#include "backends/domain/human_text.h"
#include "backends/domain/measured_json.h"
#include "backends/drill/parity.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

const SystemWorkers* workersOf(const std::vector<SystemWorkers>& all, const SystemIdentity& identity) {
    for (const auto& one : all)
        if (one.identity.key() == identity.key()) return &one;
    return nullptr;
}

bool tellsMore(const LiveQueue& one, const LiveQueue& other) {
    const auto duplicates = [](const LiveQueue& q) { return q.duplicates.duplicates.valueOr(-1); };
    if (duplicates(one) != duplicates(other)) return duplicates(one) > duplicates(other);
    return one.duplicates.claims.valueOr(-1) > other.duplicates.claims.valueOr(-1);
}

QJsonValue liveSideJson(const std::optional<LiveQueue>& side) {
    if (!side) return QJsonValue::Null;
    const auto& d = side->duplicates;
    return QJsonObject{{u"connection"_s, side->connection},
                       {u"environment"_s, environmentName(side->environment)},
                       {u"system"_s, side->system},
                       {u"observed_at"_s, toIsoUtc(side->observed_at)},
                       {u"claims"_s, measuredJson(d.claims)},
                       {u"duplicate_claims"_s, measuredJson(d.duplicates)},
                       {u"duplicate_rate_ppm"_s, measuredJson(d.rate_ppm)},
                       {u"duplicate_lower95_ppm"_s, measuredJson(d.lower95_ppm)},
                       {u"duplicate_upper95_ppm"_s, measuredJson(d.upper95_ppm)},
                       {u"at_once"_s, measuredJson(side->at_once)}};
}

}  // namespace

std::vector<RuleOfData> rulesOfData(const Reading& reading) {
    std::vector<RuleOfData> rules;
    for (const auto& one : reading.invariants)
        rules.push_back({reading.connection, one.name, one.found, one.checked, one.holds});
    return rules;
}

QString ruleSentence(const RuleOfData& rule) {
    const QString what = !rule.checked ? u"could not be checked"_s
                         : rule.holds  ? u"holds"_s
                                       : u"does not hold"_s;
    const QString found = visibleText(rule.found, 200);
    return u"On %1 “%2” %3%4"_s.arg(visibleText(rule.connection, 60), visibleText(rule.name, 100), what,
                                    found.isEmpty() ? u"."_s : u": %1."_s.arg(found));
}

QJsonObject withRules(QJsonObject document, const std::vector<RuleOfData>& rules) {
    QJsonArray list;
    for (const auto& rule : rules)
        list << QJsonObject{{u"connection"_s, rule.connection},
                            {u"name"_s, rule.name},
                            {u"found"_s, rule.found},
                            {u"checked"_s, rule.checked},
                            {u"holds"_s, rule.holds}};
    if (!list.isEmpty()) document[u"rules"_s] = list;
    return document;
}

std::vector<RuleOfData> rulesIn(const QJsonObject& document) {
    std::vector<RuleOfData> rules;
    for (const auto value : document[u"rules"_s].toArray()) {
        const auto one = value.toObject();
        rules.push_back({one[u"connection"_s].toString(), one[u"name"_s].toString(),
                         one[u"found"_s].toString(), one[u"checked"_s].toBool(), one[u"holds"_s].toBool()});
    }
    return rules;
}

std::optional<LiveQueue> liveQueue(const Reading& reading, const QString& queue) {
    const auto workers = systemWorkers(reading);
    std::optional<LiveQueue> best;
    for (const auto& system : reading.systems)
        for (const auto& one : system.queues) {
            if (one.reading.queue != queue) continue;
            const auto* all = workersOf(workers, system.identity);
            LiveQueue found{reading.connection,
                            reading.environment,
                            system.identity.key(),
                            queue,
                            reading.observed_at,
                            one.duplicates,
                            all ? runAtOnce(workersOfQueue(*all, queue)) : Count()};
            if (!best || tellsMore(found, *best)) best = std::move(found);
        }
    return best;
}

QJsonObject liveDocument(const std::optional<LiveQueue>& production,
                         const std::optional<LiveQueue>& staging) {
    QJsonObject document{{u"queue"_s, production ? production->queue
                                      : staging  ? staging->queue
                                                 : QString()},
                         {u"production"_s, liveSideJson(production)},
                         {u"staging"_s, liveSideJson(staging)}};
    document[u"sentence"_s] = liveSentence(document);
    return document;
}

std::optional<DuplicateClaims> liveClaims(const QJsonObject& document, const QString& side) {
    const auto object = document[side].toObject();
    if (object.isEmpty()) return std::nullopt;
    return duplicateClaims(countFromJson(object[u"claims"_s]), countFromJson(object[u"duplicate_claims"_s]));
}

QString liveSentence(const QJsonObject& document) {
    QStringList sides;
    for (const auto& side : {u"production"_s, u"staging"_s})
        if (const auto claims = liveClaims(document, side)) {
            const QString text = duplicateClaimsText(*claims);
            const QString there = document[side][u"environment"_s].toString(side);
            sides << u"%1: %2"_s.arg(there, text.endsWith(u'.') ? text.chopped(1) : text);
        }
    return sides.join(u"; "_s) + u'.';
}

}  // namespace spillway
