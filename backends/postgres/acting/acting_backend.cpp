#include "backends/postgres/acting/acting_backend.h"

#include "backends/domain/human_text.h"
#include "backends/postgres/acting/acting_change.h"
#include "backends/postgres/acting/acting_outcomes.h"
#include "backends/postgres/acting/acting_plan.h"
#include "backends/postgres/acting/acting_undo.h"
#include "backends/remediation/lost_gap.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

class PostgresActing final : public ActingBackend {
public:
    explicit PostgresActing(const ConnectionSettings& settings) : m_session(settings) {}

    Outcome<std::vector<DetectedSystem>> open() override {
        return guarded([this]() -> Outcome<std::vector<DetectedSystem>> {
            m_session.connect();
            std::vector<DetectedSystem> detected;
            for (const auto& system : m_session.systems()) detected.push_back(system.detected());
            return detected;
        });
    }
    Outcome<PlannedAction> plan(const ActionRequest& request) override {
        return guarded([&]() -> Outcome<PlannedAction> { return makePlan(m_session, request); });
    }
    Outcome<ActingFacts> facts(const ActionPlan& plan, bool withReady) override {
        return guarded([&]() -> Outcome<ActingFacts> { return readActingFacts(m_session, plan, withReady); });
    }
    Outcome<ActionLock> lock(const ActionPlan& plan, const QString&) override {
        return guarded([&]() -> Outcome<ActionLock> { return m_session.lock(plan); });
    }
    // An advisory lock belongs to the session: closing it is what lets go.
    void unlock() noexcept override { m_session.drop(); }
    Outcome<Applied> apply(const ActionPlan& plan, size_t first, int count) override {
        return guarded([&]() -> Outcome<Applied> { return applyBatch(m_session, plan, first, count); });
    }
    Outcome<std::vector<JobEnding>> endings(const ActionPlan& plan,
                                            const std::vector<RowResult>& results) override {
        return guarded(
            [&]() -> Outcome<std::vector<JobEnding>> { return readEndings(m_session, plan, results); });
    }
    Outcome<std::vector<RowResult>> readBack(const ActionPlan& plan, size_t first, int count) override {
        return guarded(
            [&]() -> Outcome<std::vector<RowResult>> { return readRowsBack(m_session, plan, first, count); });
    }
    Outcome<PlannedAction> undoPlan(const ActionPlan& replay,
                                    const std::vector<RowResult>& results) override {
        return guarded([&]() -> Outcome<PlannedAction> { return makeUndoPlan(m_session, replay, results); });
    }
    Outcome<PlannedAction> lostPlan(const ActionRequest& request, const std::vector<LostJob>&) override {
        return guarded([&]() -> Outcome<PlannedAction> {
            m_session.beConnected();
            return nothingLost(rowsStay(m_session.system(request.filter.system).definition().title));
        });
    }
    QString serverId() const override { return m_session.serverId(); }
    void interrupt() noexcept override { m_session.connection().interrupt(); }

private:
    template <typename Work>
    auto guarded(Work work) -> decltype(work()) {
        try {
            return work();
        } catch (const PostgresError& e) {
            m_session.drop();
            return e.failure();
        } catch (const std::exception& e) {
            return Failure{FailureKind::internal, u"Acting on PostgreSQL failed in an unexpected way."_s,
                           withoutSecrets(QString::fromUtf8(e.what())), u"Please report this."_s};
        }
    }

    ActingSession m_session;
};

}  // namespace

std::unique_ptr<ActingBackend> makePostgresActingBackend(const ConnectionSettings& settings) {
    return std::make_unique<PostgresActing>(settings);
}

}  // namespace spillway
