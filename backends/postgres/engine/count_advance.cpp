#include "backends/postgres/engine/count_advance.h"

#include <algorithm>
#include <cmath>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kLongestAge_s = 330;  // no older count is taken

std::optional<qint64> netOf(const FlowTotals& totals) {
    const auto whole = [](const Count& count) {
        return count.known() && count.provenance != Provenance::lower_bound;
    };
    if (!whole(totals.enqueued) || !whole(totals.completed) || !whole(totals.died)) return std::nullopt;
    return *totals.enqueued.value - *totals.completed.value - *totals.died.value;
}

}  // namespace

Count CountAdvance::advanced(const std::string& queue, const Count& ready, ServerTime asOf,
                             const FlowTotals& totals, const std::vector<Count>& elsewhere, ServerTime now) {
    auto net = netOf(totals);
    auto& samples = m_samples[queue];
    // Totals that began anew, or a clock that went back: what was known leads nowhere.
    if (!net || (!samples.empty() && samples.back().at >= now)) samples.clear();
    if (!net) return ready;
    std::vector<bool> counted;
    for (const Count& other : elsewhere) {
        counted.push_back(other.isExact());
        if (other.isExact()) *net -= *other.value;
    }
    if (!samples.empty() && samples.back().counted != counted) samples.clear();
    samples.push_back({now, *net, std::move(counted)});
    while (secondsBetween(samples.front().at, now) > kLongestAge_s) samples.pop_front();
    const auto after = std::ranges::find_if(samples, [&](const Sample& sample) { return sample.at >= asOf; });
    if (after == samples.end() || (after == samples.begin() && samples.size() == 1)) return ready;
    double start = static_cast<double>(after->net);
    if (after != samples.begin()) {
        const Sample& before = *std::prev(after);
        const double share = secondsBetween(before.at, asOf) / secondsBetween(before.at, after->at);
        start = static_cast<double>(before.net) + share * static_cast<double>(after->net - before.net);
    }
    const qint64 sum = *ready.value + std::llround(static_cast<double>(*net) - start);
    const ServerTime from = std::max(asOf, samples.front().at);
    return Count::estimated(std::max<qint64>(0, sum),
                            u"%1; brought forward by what came and left in the last %2"_s.arg(
                                ready.method, durationText(secondsBetween(from, now))));
}

}  // namespace spillway
