// Carries a count that the system itself refreshes only now and then over the time since, by what came and
// what left meanwhile. A value, like FlowAccumulator.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "backends/domain/clock.h"

namespace spillway {

class CarriedCounts {
public:
    // `net`: jobs that came minus jobs that left, as a total that only FlowAccumulator's start resets. What
    // moved between `asOf` and the first poll that saw it is not known.
    qint64 now(const std::string& queue, qint64 n, ServerTime asOf, qint64 net) {
        auto [it, isNew] = m_bases.try_emplace(queue, Base{asOf, net});
        if (!isNew && it->second.asOf != asOf) it->second = {asOf, net};
        return std::max<qint64>(0, n + net - it->second.net);
    }
    void startAnew() { m_bases.clear(); }

private:
    struct Base {
        ServerTime asOf;
        qint64 net = 0;
    };
    std::map<std::string, Base> m_bases;
};

}  // namespace spillway
