// A queue in memory that can be acted on, whose workers, faults and rivals a test chooses; with a clock that
// moves only when the runner waits.
#pragma once

#include <QHash>

#include "backends/acting/action_runner.h"

namespace spillway::test {

class MovedClock final : public Clock {
public:
    [[nodiscard]] std::chrono::steady_clock::time_point steadyNow() const override { return m_now; }
    [[nodiscard]] ServerTime wallNow() const override {
        return m_wall + std::chrono::duration_cast<std::chrono::microseconds>(m_now.time_since_epoch());
    }
    void move(std::chrono::milliseconds time) { m_now += time; }

private:
    std::chrono::steady_clock::time_point m_now{std::chrono::seconds{1000}};
    ServerTime m_wall = serverTimeFromSeconds(1'800'000'000);
};

class MovingControl final : public ActionControl {
public:
    explicit MovingControl(MovedClock& clock) : m_clock(clock) {}
    void wait(std::chrono::milliseconds time) override {
        m_clock.move(time);
        longest = std::max(longest, time);
        if (onWait) onWait();
    }
    std::chrono::milliseconds longest{0};
    std::function<void()> onWait;

private:
    MovedClock& m_clock;
};

class FakeActingBackend final : public ActingBackend {
public:
    explicit FakeActingBackend(const Clock& clock) : m_clock(clock) {}

    Outcome<std::vector<DetectedSystem>> open() override { return std::vector<DetectedSystem>{}; }
    Outcome<PlannedAction> plan(const ActionRequest&) override { return PlannedAction{}; }
    Outcome<ActingFacts> facts(const ActionPlan&, bool) override {
        if (beforeFacts) beforeFacts(*this);
        ActingFacts facts = m_facts;
        facts.now = m_clock.wallNow();
        return facts;
    }
    Outcome<ActionLock> lock(const ActionPlan&, const QString&) override { return ActionLock{holder}; }
    void unlock() noexcept override { ++unlocked; }
    Outcome<Applied> apply(const ActionPlan& plan, size_t first, int count) override {
        batches.push_back(count);
        if (refuseNext > 0) {
            --refuseNext;
            return Applied{{}, true, QStringLiteral("lock timeout")};
        }
        Applied applied;
        for (size_t i = first; i < first + static_cast<size_t>(count); ++i) {
            ++sent[plan.jobs[i].id];
            applied.rows.push_back({plan.jobs[i].id, RowOutcome::moved, {}, {}});
        }
        if (loseAfter >= 0 && loseAfter-- == 0)
            return Failure{FailureKind::unreachable, QStringLiteral("The line went dead."), {}, {}};
        if (afterApply) afterApply(*this);
        return applied;
    }
    Outcome<std::vector<JobEnding>> endings(const ActionPlan&, const std::vector<RowResult>& rows) override {
        std::vector<JobEnding> list;
        for (const auto& row : rows) list.push_back({row.id, end, signature});
        return list;
    }
    Outcome<std::vector<RowResult>> readBack(const ActionPlan& plan, size_t first, int count) override {
        if (!readable) return Failure{FailureKind::unreachable, QStringLiteral("Still dead."), {}, {}};
        std::vector<RowResult> rows;
        for (size_t i = first; i < first + static_cast<size_t>(count); ++i)
            if (sent.contains(plan.jobs[i].id)) rows.push_back({plan.jobs[i].id, RowOutcome::moved, {}, {}});
        return rows;
    }
    Outcome<PlannedAction> undoPlan(const ActionPlan&, const std::vector<RowResult>&) override {
        return PlannedAction{};
    }
    void interrupt() noexcept override {}

    ActingFacts m_facts;
    QString holder;
    JobEnd end = JobEnd::completed;
    QString signature;
    QHash<QString, int> sent;
    std::vector<int> batches;
    int refuseNext = 0;
    int loseAfter = -1;  // batches until an answer is lost
    bool readable = true;
    int unlocked = 0;
    std::function<void(FakeActingBackend&)> beforeFacts, afterApply;

private:
    const Clock& m_clock;
};

}  // namespace spillway::test
