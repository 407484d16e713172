#include "widgets/models/finding_place.h"

#include <algorithm>
#include <array>

#include "backends/domain/human_text.h"
#include "widgets/models/connection_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::array kDeadLetters{"dead_letters"_L1, "dead_inflow"_L1, "about_to_be_lost"_L1,
                                  "lost_next_24h"_L1};
constexpr std::array kLeases{"stuck_leases"_L1, "no_workers"_L1, "orphaned"_L1, "zombie"_L1, "no_leader"_L1};

template <typename Rules>
bool among(const Rules& rules, QStringView rule) {
    return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

}  // namespace

Place placeOf(const Finding& finding) {
    const QString rule = finding.id.section(u':', 0, 0);
    if (among(kDeadLetters, rule)) return Place::dead_letters;
    if (among(kLeases, rule)) return Place::leases;
    return finding.queue.isEmpty() ? Place::overview : Place::queue;
}

QueueRef targetOf(const Finding& finding) {
    return {finding.connection, finding.system, finding.queue};
}

QString placeButtonText(Place place, const QueueRef& target) {
    switch (place) {
        case Place::dead_letters:
            return target.queue.isEmpty() ? u"Dead letters"_s
                                          : u"Dead letters of %1"_s.arg(visibleText(target.queue, 20));
        case Place::leases:
            return u"Leases & workers"_s;
        case Place::queue:
            return u"Open %1"_s.arg(visibleText(target.queue, 24));
        case Place::overview:
            break;
    }
    return u"Show %1"_s.arg(visibleText(connectionLabel(target.connection), 24));
}

}  // namespace spillway
