// The acting backend as a test uses it: opened, one queue, every failure visible in the test's output.
#pragma once

#include <QDebug>
#include <QTest>

#include "backends/redis/acting/acting_backend.h"
#include "tests/redis/redis_probe.h"

namespace spillway {

class ActingProbe {
public:
    ActingProbe(const QString& url, const QString& system, const QString& queue)
        : m_backend(makeRedisActingBackend(redisSettings(url))) {
        m_request.filter.system = system;
        m_request.filter.queues = {queue};
        const auto opened = m_backend->open();
        if (opened)
            m_detected = *opened;
        else
            qWarning("%s", qPrintable(opened.failure().sentence()));
    }
    [[nodiscard]] ActionPlan plan(ActionKind kind = ActionKind::replay) {
        m_request.action = kind;
        const auto planned = m_backend->plan(m_request);
        if (!planned) {
            m_failure = planned.failure().sentence();
            return {};
        }
        m_failure.clear();
        return planned->plan;
    }
    [[nodiscard]] ActionPlan planRetrying() {
        m_request.retrying = true;
        ActionPlan made = plan();
        m_request.retrying = false;
        return made;
    }
    [[nodiscard]] ActionPlan undo(const ActionPlan& replay, const ActingBackend::Applied& applied) {
        const auto planned = m_backend->undoPlan(replay, applied.rows);
        m_failure = planned ? planned->warnings.join(u' ') : planned.failure().sentence();
        return planned ? planned->plan : ActionPlan();
    }
    // What lostPlan() says where it refuses; empty: it plans.
    [[nodiscard]] QString whyNothingIsLost() {
        const auto planned = m_backend->lostPlan(m_request, {});
        return planned ? QString() : planned.failure().sentence();
    }
    // Takes the lock and acts on all jobs of the plan, at most 500.
    [[nodiscard]] ActingBackend::Applied run(const ActionPlan& plan) {
        const auto locked = m_backend->lock(plan, QStringLiteral("test"));
        if (!locked || !locked->ours()) qWarning("not locked");
        return apply(plan);
    }
    [[nodiscard]] ActingBackend::Applied apply(const ActionPlan& plan) {
        const auto applied = m_backend->apply(plan, 0, 500);
        if (applied) return *applied;
        m_failure = applied.failure().sentence();
        qWarning("%s", qPrintable(m_failure));
        return {};
    }
    // "moved moved changed"
    [[nodiscard]] static QString outcomes(const ActingBackend::Applied& applied) {
        QStringList words;
        for (const RowResult& row : applied.rows) words << rowOutcomeName(row.outcome);
        return words.join(u' ');
    }
    [[nodiscard]] JobEnd endOf(const ActionPlan& plan, const ActingBackend::Applied& applied, int job = 0) {
        const auto endings = m_backend->endings(plan, applied.rows);
        if (endings && job < static_cast<int>(endings->size())) return (*endings)[size_t(job)].end;
        return JobEnd::waiting;
    }
    [[nodiscard]] Capabilities capabilities() const {
        for (const DetectedSystem& system : m_detected)
            if (system.identity.key() == m_request.filter.system) return system.capabilities;
        return {};
    }
    [[nodiscard]] const QString& failure() const { return m_failure; }
    [[nodiscard]] ActingBackend& backend() { return *m_backend; }

private:
    std::unique_ptr<ActingBackend> m_backend;
    std::vector<DetectedSystem> m_detected;
    ActionRequest m_request;
    QString m_failure;
};

// A hash as text, sorted by field, one "field=value" a line, without those fields.
inline QStringList hashOf(const PrivateRedis& redis, const QByteArray& key, const QStringList& without = {}) {
    const QByteArray all = redisCommand(
        redis, {"EVAL",
                "local all = redis.call('HGETALL', KEYS[1]) local lines = {} for i = 1, #all, 2 do "
                "lines[#lines + 1] = all[i] .. '=' .. all[i + 1] end table.sort(lines) return "
                "table.concat(lines, '\\n')",
                "1", key});
    QStringList lines = QString::fromUtf8(all).split(u'\n');
    lines.removeIf([&without](const QString& line) { return without.contains(line.section(u'=', 0, 0)); });
    return lines;
}

}  // namespace spillway
