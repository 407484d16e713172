// The recent readings of one queue, oldest first: what rates and forecasts are computed from.
#pragma once

#include <QByteArray>
#include <algorithm>
#include <array>
#include <concepts>
#include <deque>
#include <memory>
#include <vector>

#include "backends/domain/queue_reading.h"

namespace spillway {

// What rates need of a reading that is not the newest any more. Named as in QueueReading.
struct SampledReading {
    struct Claims {
        Count claims;
        Count duplicates;
        bool operator==(const Claims&) const = default;
    };
    Count ready;
    Count scheduled;
    Count blocked;
    Count retrying;
    Count running;
    Count dead;
    FlowTotals flow;
    Claims claims;
    Ratio max_attempts_mean;  // only in the newest

    bool operator==(const SampledReading&) const = default;
};
inline constexpr std::size_t kSampledCounts = 15;
// Its counts, in one order.
[[nodiscard]] std::array<Count*, kSampledCounts> countsOf(SampledReading& reading);
// The numbers alone, without the methods.
[[nodiscard]] SampledReading sampled(const QueueReading& reading);

struct QueueSample {
    ServerTime at;
    SampledReading reading;
    // Totals since some moment, see OwnExecutions.
    qint64 put_back = 0, own_executions = 0;
    // The sample before is of another run: what happened in between was counted by nobody, and the totals of
    // the two (not those of claims, see HealthMonitor) have no difference.
    bool of_new_run = false;
};

// Samples unpacked for looking at. Used again for the next queue, it asks for no new memory.
class QueueWindow {
public:
    operator const std::vector<const QueueSample*>&() const { return m_chosen; }
    [[nodiscard]] const std::vector<const QueueSample*>& samples() const { return m_chosen; }

private:
    friend class QueueTimeline;
    std::vector<QueueSample> m_unpacked;
    std::vector<const QueueSample*> m_chosen;
};

// A window from its first sample on whose reading is `usable`; the whole window if none is.
template <std::predicate<const SampledReading&> Usable>
[[nodiscard]] std::vector<const QueueSample*> sinceFirst(const std::vector<const QueueSample*>& window,
                                                         Usable usable) {
    const auto first =
        std::ranges::find_if(window, [&](const QueueSample* sample) { return usable(sample->reading); });
    return first == window.end() ? window : std::vector(first, window.end());
}

// A window whose newest run has not come to know what it looks for yet, up to what the run before knew of it;
// the whole window otherwise.
template <std::predicate<const SampledReading&> Usable>
[[nodiscard]] std::vector<const QueueSample*> untilLast(std::vector<const QueueSample*> window,
                                                        Usable usable) {
    const auto last = std::find_if(window.rbegin(), window.rend(),
                                   [&](const QueueSample* sample) { return usable(sample->reading); });
    if (last == window.rend()) return window;
    if (std::none_of(last.base(), window.end(), [](const QueueSample* s) { return s->of_new_run; }))
        return window;
    window.erase(last.base(), window.end());
    return window;
}
[[nodiscard]] bool hasNewRun(const std::vector<const QueueSample*>& window);
[[nodiscard]] QString continuedMethod();  // of a figure over a window that has one

// Keeps `span_s` seconds. A server clock that jumps backwards, or a gap longer than `max_gap_s`,
// starts the timeline anew: no rate is ever computed across it. The newest reading is kept whole, of those
// before only the numbers, packed: some 60 bytes for each poll.
class QueueTimeline {
public:
    explicit QueueTimeline(double span_s = 3600, double max_gap_s = 600)
        : m_span(span_s), m_maxGap(max_gap_s) {}

    void add(ServerTime at, QueueReading reading, qint64 putBack = 0, qint64 ownExecutions = 0,
             bool ofNewRun = false);
    // What another run has read; before the first add().
    void addRecorded(const QueueSample& sample);
    // The samples of the last `seconds`, plus the one just before, so that a window is covered whole.
    void unpack(double seconds, QueueWindow& window) const;
    [[nodiscard]] QueueWindow window(double seconds) const;

    [[nodiscard]] std::size_t size() const { return m_moments.size(); }
    [[nodiscard]] std::size_t bytes() const;  // of the samples, without the newest reading
    [[nodiscard]] const QueueReading& newest() const { return m_newest; }  // once something was added
    [[nodiscard]] ServerTime newestAt() const { return m_moments.back().at; }
    // When watching the dead began: before the oldest sample, where nothing interrupted it.
    [[nodiscard]] ServerTime watchedSince() const { return m_watchedSince; }
    // When a dead job was last seen to go; nullopt: not since watching its number began.
    [[nodiscard]] std::optional<ServerTime> deadTouchedAt() const { return m_deadTouchedAt; }

private:
    static constexpr std::size_t kCounts = kSampledCounts;
    using Numbers = std::array<qint64, kCounts>;
    // How the numbers are known, and what we did ourselves; changes seldom, so that neighbours share it.
    struct Form {
        std::array<bool, kCounts> known{};
        std::array<Provenance, kCounts> provenance{};
        std::array<QString, kCounts> method;
        qint64 put_back = 0, own_executions = 0;
        bool of_new_run = false;
        bool operator==(const Form&) const = default;
    };
    struct Moment {
        ServerTime at;
        std::shared_ptr<const Form> form;
    };
    void startAnew(ServerTime at);
    void pack(ServerTime at, const QueueReading& reading, Form form);
    void appendStep(const Numbers& numbers);
    void takeStep(qsizetype& at, Numbers& numbers) const;
    void dropOldest();
    void noteDead(ServerTime at, const QueueReading& reading);

    std::deque<Moment> m_moments;
    QByteArray m_steps;     // for each moment but the first: how each number differs from the one before
    qsizetype m_begin = 0;  // of what is still used in m_steps
    Numbers m_first{};      // of the first moment
    Numbers m_last{};       // of the last one
    QueueReading m_newest;
    ServerTime m_watchedSince;
    std::optional<ServerTime> m_deadTouchedAt;
    double m_span;
    double m_maxGap;
};

}  // namespace spillway
