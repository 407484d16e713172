// One acting session on a test database, for jobs that the test itself puts into the tables.
#pragma once

#include "backends/postgres/acting/acting_backend.h"
#include "tests/postgres/postgres_fixture.h"

namespace spillway::test {

// Columns in which the rows 1 and 2 of a table differ, but for the id: "attempt state"; empty: they are
// twins.
inline std::string differenceOfTwins(const std::string& table) {
    return "SELECT string_agg(key, ' ' ORDER BY key) FROM (SELECT key, value FROM " + table +
           " j, jsonb_each(to_jsonb(j)) WHERE id = 1) a FULL JOIN (SELECT key, value FROM " + table +
           " j, jsonb_each(to_jsonb(j)) WHERE id = 2) b USING (key) WHERE a.value IS DISTINCT FROM b.value "
           "AND "
           "key <> 'id'";
}

class TableActing {
public:
    explicit TableActing(const ConnectionSettings& settings)
        : m_backend(makePostgresActingBackend(settings)) {
        const auto systems = m_backend->open();
        if (!systems)
            m_trouble = systems.failure().sentence() + systems.failure().serverSaid;
        else if (systems->size() != 1)
            m_trouble = QStringLiteral("not one system");
        else
            m_system = systems->front();
    }
    [[nodiscard]] QString trouble() const { return m_trouble; }
    [[nodiscard]] const Capabilities& capabilities() const { return m_system.capabilities; }
    [[nodiscard]] ActingBackend& backend() { return *m_backend; }

    [[nodiscard]] Outcome<PlannedAction> plan(ActionKind action, const QString& queue,
                                              const QStringList& ids = {}, qint64 most = kMostPlannedJobs) {
        ActionRequest request;
        request.most = most;
        request.action = action;
        request.filter.system = m_system.identity.key();
        request.filter.queues = {queue};
        request.filter.ids = ids;
        return m_backend->plan(request);
    }
    // What lostPlan() says where it refuses; empty: it plans.
    [[nodiscard]] QString whyNothingIsLost() {
        ActionRequest request;
        request.filter.system = m_system.identity.key();
        const auto planned = m_backend->lostPlan(request, {});
        return planned ? QString() : planned.failure().sentence();
    }
    // Of what apply() moved.
    [[nodiscard]] Outcome<PlannedAction> undo(const ActionPlan& replay) {
        return m_backend->undoPlan(replay, m_rows);
    }
    // All of the plan as one batch: the outcomes in its order, "moved changed"; or why not.
    [[nodiscard]] QString apply(const ActionPlan& plan) {
        if (const auto lock = m_backend->lock(plan, QStringLiteral("test")); !lock || !lock->ours())
            return QStringLiteral("not locked");
        const auto applied = m_backend->apply(plan, 0, static_cast<int>(plan.jobs.size()));
        if (!applied) return applied.failure().sentence();
        m_rows = applied->rows;
        return applied->refused ? applied->why : words(applied->rows);
    }
    // What apply() left, as reading back sees it; untouched jobs are left out.
    [[nodiscard]] QString readBack(const ActionPlan& plan) {
        const auto rows = m_backend->readBack(plan, 0, static_cast<int>(plan.jobs.size()));
        return rows ? words(*rows) : rows.failure().sentence() + rows.failure().serverSaid;
    }
    // A replay of a queue with one dead job, twice: what is read back before, and what each step says:
    // "card <n> refused: moved, then moved, again changed"; or why it could not be planned.
    [[nodiscard]] QString replayTwice(const QString& queue) {
        const auto replay = plan(ActionKind::replay, queue);
        if (!replay) return replay.failure().sentence();
        if (replay->plan.jobs.size() != 1) return QStringLiteral("not one job");
        const QString before = readBack(replay->plan), first = apply(replay->plan);
        const QString after = readBack(replay->plan), second = apply(replay->plan);
        return QStringLiteral("%1: %2%3, then %4, again %5")
            .arg(replay->plan.jobs[0].signature, before, first, after, second);
    }
    [[nodiscard]] std::vector<JobEnding> endings(const ActionPlan& plan) {
        const auto endings = m_backend->endings(plan, m_rows);
        if (!endings) qWarning().noquote() << endings.failure().sentence() << endings.failure().serverSaid;
        return endings ? *endings : std::vector<JobEnding>{};
    }
    [[nodiscard]] const std::vector<RowResult>& rows() const { return m_rows; }

private:
    static QString words(const std::vector<RowResult>& rows) {
        QStringList list;
        for (const auto& row : rows) list << rowOutcomeName(row.outcome);
        return list.join(u' ');
    }

    std::unique_ptr<ActingBackend> m_backend;
    DetectedSystem m_system;
    QString m_trouble;
    std::vector<RowResult> m_rows;
};

}  // namespace spillway::test

#define VERIFY_ACTING(acting) QVERIFY2((acting).trouble().isEmpty(), qPrintable((acting).trouble()))
