// What is refused, what is only warned of, and what a typed reason can change.
#include <QTest>

#include "tests/remediation/plan_builder.h"

using namespace spillway;
using namespace spillway::test;

namespace {

using Spoil = std::function<void(ActionPlan&, GuardFacts&)>;

struct Case {
    const char* name;
    Guard guard;
    Permission production, staging;
    bool overridable;
    Spoil spoil;
};

const std::vector<Case>& cases() {
    constexpr auto refused = Permission::refused;
    constexpr auto warning = Permission::warning;
    static const std::vector<Case> all{
        {"nothing", Guard::plan_whole, refused, refused, false, [](auto& p, auto&) { p.jobs.clear(); }},
        {"twice", Guard::plan_whole, refused, refused, false,
         [](auto& p, auto&) { p.jobs[1].id = p.jobs[0].id; }},
        {"no version", Guard::plan_whole, refused, refused, false,
         [](auto& p, auto&) { p.jobs[1].version.clear(); }},
        {"old", Guard::plan_fresh, refused, refused, false,
         [](auto& p, auto&) { p.made_at = kNow - std::chrono::seconds{601}; }},
        {"from the future", Guard::plan_fresh, refused, refused, false,
         [](auto& p, auto&) { p.made_at = kNow + std::chrono::seconds{1}; }},
        {"not armed", Guard::armed, refused, refused, false, [](auto&, auto& f) { f.armed_until.reset(); }},
        {"armed until just now", Guard::armed, refused, refused, false,
         [](auto&, auto& f) { f.armed_until = kNow; }},
        {"no canary", Guard::canary_kept, refused, warning, false, [](auto& p, auto&) { p.canary = 0; }},
        {"another server", Guard::same_server, refused, refused, false,
         [](auto&, auto& f) { f.server_id = u"1"_s; }},
        {"unknown server", Guard::same_server, refused, refused, false,
         [](auto& p, auto& f) { f.server_id = p.server_id = QString(); }},
        {"replica", Guard::primary, refused, refused, false, [](auto&, auto& f) { f.writable = false; }},
        {"writable unknown", Guard::primary, refused, refused, false,
         [](auto&, auto& f) { f.writable.reset(); }},
        {"paused", Guard::queue_running, refused, warning, true, [](auto&, auto& f) { f.paused = true; }},
        {"no worker", Guard::live_worker, refused, warning, true,
         [](auto&, auto& f) { f.live_worker = false; }},
        {"workers unseen", Guard::live_worker, warning, warning, false,
         [](auto&, auto& f) { f.live_worker.reset(); }},
        {"backlog", Guard::backlog_objective, refused, warning, true,
         [](auto&, auto& f) { f.backlog_past_objective = true; }},
        {"storm", Guard::retry_budget, refused, warning, true,
         [](auto&, auto& f) { f.amplification = 1.25; }},
        {"retention", Guard::retention, refused, refused, true, [](auto&, auto& f) { f.past_retention = 2; }},
        {"weak leases", Guard::lease_evidence, refused, refused, true,
         [](auto& p, auto& f) { p.action = ActionKind::release, f.weak_leases = 1; }},
        {"another action", Guard::one_action, refused, refused, false,
         [](auto&, auto& f) { f.other_action = u"a7"_s; }},
    };
    return all;
}

}  // namespace

class TestGuards : public QObject {
    Q_OBJECT
private slots:
    void nothingToObjectTo() {
        QVERIFY(judge(planOf(5), goodFacts()).empty());
        QCOMPARE(permissionOf({}), Permission::allowed);
    }

    void each_data() {
        QTest::addColumn<size_t>("index");
        for (size_t i = 0; i < cases().size(); ++i) QTest::newRow(cases()[i].name) << i;
    }
    void each() {
        QFETCH(size_t, index);
        const Case& c = cases()[index];
        for (const auto environment : {Environment::production, Environment::staging}) {
            ActionPlan plan = planOf(5, environment);
            GuardFacts facts = goodFacts();
            c.spoil(plan, facts);
            const auto answers = judge(plan, facts);
            QCOMPARE(answers.size(), 1u);
            QCOMPARE(answers.front().guard, c.guard);
            QVERIFY(answers.front().sentence.endsWith(u'.'));
            QCOMPARE(permissionOf(answers),
                     environment == Environment::production ? c.production : c.staging);
        }
    }

    void aReasonOverridesOnlyWhatMayBeOverridden() {
        for (const Case& c : cases()) {
            if (c.production != Permission::refused) continue;
            ActionPlan plan = planOf(5);
            GuardFacts facts = goodFacts();
            c.spoil(plan, facts);
            facts.overridden = {c.guard};
            QCOMPARE(permissionOf(judge(plan, facts)),
                     c.overridable ? Permission::warning : Permission::refused);
        }
    }

    void aPlanIsLookedThroughOnce() {
        ActionPlan plan = planOf(5);
        plan.jobs[1].id = plan.jobs[0].id;
        GuardFacts facts = goodFacts();
        QCOMPARE(permissionOf(judge(plan, facts)), Permission::refused);
        facts.plan_checked = true;
        QVERIFY(judge(plan, facts).empty());
        plan.jobs.clear();
        QCOMPARE(permissionOf(judge(plan, facts)), Permission::refused);
    }

    void theWorstAnswerCounts() {
        GuardFacts facts = goodFacts();
        facts.live_worker.reset();
        facts.writable = false;
        QCOMPARE(judge(planOf(5), facts).size(), 2u);
        QCOMPARE(permissionOf(judge(planOf(5), facts)), Permission::refused);
    }

    void confirmationGrowsWithTheBlastRadius() {
        QCOMPARE(confirmationFor(10, Environment::production), Confirmation::click);
        QCOMPARE(confirmationFor(11, Environment::production), Confirmation::queue_name);
        QCOMPARE(confirmationFor(1'000, Environment::production), Confirmation::queue_name);
        QCOMPARE(confirmationFor(1'001, Environment::production), Confirmation::count_and_reason);
        QCOMPARE(confirmationFor(1'000, Environment::staging), Confirmation::click);
        QCOMPARE(confirmationFor(1'001, Environment::staging), Confirmation::queue_name);
    }

    void aPlanCountsWhatItMayCost() {
        ActionPlan plan = planOf(100);
        QCOMPARE(worstCaseExecutions(plan).value.value(), 300);
        QVERIFY(worstCaseExecutions(plan).isExact());
        plan.jobs[7].remaining_attempts.reset();
        QCOMPARE(worstCaseExecutions(plan).value.value(), 298);
        QCOMPARE(worstCaseExecutions(plan).provenance, Provenance::lower_bound);
        QCOMPARE(kindsOf(plan).at(u"Refund"_s), 34);
    }

    void theHashIsOfWhatWillBeDone() {
        const ActionPlan plan = planOf(3);
        ActionPlan same = plan;
        same.id = u"another"_s;
        QCOMPARE(planHash(same), planHash(plan));
        ActionPlan moved = plan;
        std::swap(moved.jobs[0], moved.jobs[1]);
        QVERIFY(planHash(moved) != planHash(plan));
        ActionPlan shifted = plan;  // the same letters in another place
        shifted.jobs[0].id = plan.jobs[0].id + u"v"_s;
        shifted.jobs[0].version = u"1"_s;
        QVERIFY(planHash(shifted) != planHash(plan));
    }

    void theForecastSaysWhatItAdds() {
        const auto calm =
            forecastOf(50, Rate{20.0, Provenance::exact, {}}, Rate{120.0, Provenance::exact, {}});
        QVERIFY(!calm.overtakes);
        QVERIFY2(calm.sentence.startsWith(u"adds 50/s to a drain of 120/s"_s), qPrintable(calm.sentence));
        QVERIFY(
            forecastOf(50, Rate{100.0, Provenance::exact, {}}, Rate{120.0, Provenance::exact, {}}).overtakes);
        QVERIFY(forecastOf(50, Rate{}, Rate{}).sentence.contains(u"cannot be seen"_s));
    }
};

QTEST_GUILESS_MAIN(TestGuards)
#include "tst_guards.moc"
