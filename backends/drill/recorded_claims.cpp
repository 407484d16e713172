#include "backends/drill/recorded_claims.h"

#include <algorithm>
#include <map>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

qint64 microsBetween(ServerTime earlier, ServerTime later) {
    return (later - earlier).count();
}

std::optional<GapSpread> spread(std::vector<qint64> gaps) {
    if (gaps.empty()) return std::nullopt;
    std::sort(gaps.begin(), gaps.end());
    return GapSpread{gaps.front(), gaps[gaps.size() / 2], gaps.back()};
}

class ClaimJudge {
public:
    ClaimJudge(const std::vector<ClaimRecord>& records, const std::set<int>& killed) : m_records(records) {
        for (const auto& record : records)
            if (killed.contains(record.worker)) {
                const ClaimRecord*& last = m_last[record.worker];
                if (!last || last->at < record.at) last = &record;
            }
    }

    // The claims of one job, in time.
    void judge(std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
            if (died(m_records[i])) ++takeovers.abandoned;
        for (std::size_t i = begin + 1; i < end; ++i)
            if (free(begin, i))
                takeOver(m_records[i - 1], m_records[i]);
            else
                claimedTwice(m_records[i - 1], m_records[i]);
    }

    std::vector<DoubleClaim> doubles;
    Takeovers takeovers;
    std::vector<qint64> late_us;

private:
    [[nodiscard]] bool died(const ClaimRecord& claim) const {
        const auto it = m_last.find(claim.worker);
        return it != m_last.end() && it->second == &claim;
    }
    // Whether nobody held the job any more when claim i was made.
    [[nodiscard]] bool free(std::size_t begin, std::size_t i) const {
        return std::all_of(m_records.begin() + std::ptrdiff_t(begin), m_records.begin() + std::ptrdiff_t(i),
                           [&](const ClaimRecord& earlier) {
                               return died(earlier) &&
                                      (!earlier.lease_until || *earlier.lease_until <= m_records[i].at);
                           });
    }
    void takeOver(const ClaimRecord& dead, const ClaimRecord& next) {
        ++takeovers.taken_over;
        if (dead.lease_until) late_us.push_back(microsBetween(*dead.lease_until, next.at));
    }
    void claimedTwice(const ClaimRecord& first, const ClaimRecord& second) {
        doubles.push_back(
            {second.job, first.worker, second.worker, second.at, microsBetween(first.at, second.at)});
    }

    const std::vector<ClaimRecord>& m_records;
    std::map<int, const ClaimRecord*> m_last;  // claim of each killed worker
};

Rate rateOf(std::size_t claims, ServerTime first, ServerTime last) {
    const double seconds = secondsBetween(first, last);
    if (claims < 2 || seconds <= 0) return Rate::notObservable(u"There were too few claims for a rate."_s);
    return {static_cast<double>(claims - 1) / seconds, Provenance::exact,
            u"from the first claim to the last, by the server's clock"_s};
}

void keepFirst(RecordedClaims& result, std::vector<DoubleClaim> doubles) {
    std::stable_sort(doubles.begin(), doubles.end(),
                     [](const DoubleClaim& a, const DoubleClaim& b) { return a.at < b.at; });
    std::vector<qint64> gaps;
    for (const auto& one : doubles) gaps.push_back(one.gap_us);
    result.gaps = spread(std::move(gaps));
    doubles.resize(std::min(doubles.size(), kMostDoubleClaims));
    result.first = std::move(doubles);
}

}  // namespace

RecordedClaims judgedClaims(std::vector<ClaimRecord> records, const std::set<int>& killed) {
    RecordedClaims result;
    const auto byTime = [](const ClaimRecord& a, const ClaimRecord& b) { return a.at < b.at; };
    if (!records.empty()) {
        const auto [first, last] = std::minmax_element(records.begin(), records.end(), byTime);
        result.claims_per_s = rateOf(records.size(), first->at, last->at);
    } else {
        result.claims_per_s = rateOf(0, {}, {});
    }
    std::stable_sort(records.begin(), records.end(), [](const ClaimRecord& a, const ClaimRecord& b) {
        return std::tie(a.job, a.at) < std::tie(b.job, b.at);
    });
    ClaimJudge judge(records, killed);
    for (std::size_t begin = 0, end = 0; begin < records.size(); begin = end, ++result.jobs) {
        while (end < records.size() && records[end].job == records[begin].job) ++end;
        judge.judge(begin, end);
    }
    result.rate = duplicateClaims(Count::exact(static_cast<qint64>(records.size())),
                                  Count::exact(static_cast<qint64>(judge.doubles.size())));
    result.takeovers = judge.takeovers;
    result.takeovers.late = spread(std::move(judge.late_us));
    keepFirst(result, std::move(judge.doubles));
    return result;
}

}  // namespace spillway
