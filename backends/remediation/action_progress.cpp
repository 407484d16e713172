#include "backends/remediation/action_progress.h"

#include <algorithm>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr std::chrono::milliseconds kLookAgain{500};

}  // namespace

ProgressSettings progressSettingsFor(const ActionPlan& plan) {
    ProgressSettings settings;
    settings.canary.jobs = plan.action == ActionKind::replay ? plan.canary : 0;
    settings.pacing.rate = plan.rate;
    // An undo races with the workers and adds nothing to their load.
    settings.pacing.first_rate = plan.action == ActionKind::undo ? plan.rate : std::min(10.0, plan.rate);
    settings.halt_above = plan.halt_above;
    return settings;
}

ActionProgress::ActionProgress(const ActionPlan& plan, ProgressSettings settings, Time now)
    : m_plan(plan), m_settings(settings), m_canary(settings.canary), m_pacing(settings.pacing, now) {
    m_counts.planned = static_cast<qint64>(plan.jobs.size());
}

bool ActionProgress::finished() const {
    const bool canaryOpen =
        m_canary.state() == Canary::State::waiting || m_canary.state() == Canary::State::sending;
    return halted() || m_cancelled || (m_position >= m_plan.jobs.size() && !canaryOpen);
}

NextStep ActionProgress::next(Time now) {
    if (m_position >= m_plan.jobs.size()) m_canary.noMoreJobs();
    m_canary.tick(now);
    if (m_canary.state() == Canary::State::failed) halt(m_canary.reason());
    if (finished()) return {NextStep::What::finish};
    if (m_pacing.paused()) return {NextStep::What::wait, 0, 0, kLookAgain};
    if (m_canary.state() == Canary::State::waiting) return {NextStep::What::await_outcomes, 0, 0, kLookAgain};
    if (m_canary.state() == Canary::State::sending) return sendStep(now, m_canary.toSend());
    return sendStep(now, m_settings.pacing.most_in_batch);
}

NextStep ActionProgress::sendStep(Time now, int most) {
    const int count = static_cast<int>(
        std::min<size_t>(std::min(m_pacing.allowance(now), most), m_plan.jobs.size() - m_position));
    if (count <= 0) return {NextStep::What::wait, 0, 0, m_pacing.wait(now)};
    m_inFlight = count;
    return {NextStep::What::send, m_position, count};
}

bool ActionProgress::mayGoOn(const std::vector<GuardAnswer>& answers) {
    for (const auto& answer : answers)
        if (answer.permission == Permission::refused) {
            halt(answer.sentence);
            return false;
        }
    return true;
}

void ActionProgress::batchDone(const std::vector<RowResult>& rows, Time now) {
    QHash<QString, QString> put;
    const size_t end = std::min(m_position + static_cast<size_t>(m_inFlight), m_plan.jobs.size());
    QHash<QString, QString> signatures;
    for (size_t i = m_position; i < end; ++i) signatures.insert(m_plan.jobs[i].id, m_plan.jobs[i].signature);
    for (const auto& row : rows) {
        const auto planned = signatures.constFind(row.id);
        if (planned == signatures.constEnd()) continue;
        m_counts.add(row.outcome);
        if (row.outcome == RowOutcome::moved) put.insert(row.id, planned.value());
        signatures.erase(planned);
    }
    // A row without an answer is not known to be untouched.
    for (qsizetype i = 0; i < signatures.size(); ++i) m_counts.add(RowOutcome::unknown);
    m_position = end;
    m_pacing.sent(m_inFlight);
    m_inFlight = m_errorsInRow = 0;
    for (auto it = put.constBegin(); it != put.constEnd(); ++it) m_watched.insert(it.key());
    m_signatures.insert(put);
    if (m_canary.state() == Canary::State::sending) m_canary.sent(put, now);
    if (!signatures.isEmpty())
        halt(u"The server did not say what became of %1 jobs."_s.arg(signatures.size()));
}

void ActionProgress::batchLost(const QString& serverSaid) {
    for (int i = 0; i < m_inFlight; ++i) m_counts.add(RowOutcome::unknown);
    m_position += static_cast<size_t>(m_inFlight);
    m_inFlight = 0;
    halt(u"The connection was lost while a batch was under way: %1"_s.arg(serverSaid));
}

void ActionProgress::serverRefused(const QString& serverSaid) {
    m_inFlight = 0;
    if (++m_errorsInRow >= m_settings.most_server_errors)
        halt(u"The server refused %1 batches in a row: %2"_s.arg(m_errorsInRow).arg(serverSaid));
}

void ActionProgress::seeEndings(const std::vector<JobEnding>& endings) {
    for (const auto& ending : endings) {
        if (!m_watched.contains(ending.id)) continue;
        const bool sameError =
            !ending.signature.isEmpty() && ending.signature == m_signatures.value(ending.id);
        if (sameError && (ending.end == JobEnd::died || ending.end == JobEnd::retrying))
            halt(u"The same error came back: %1."_s.arg(ending.signature));
        if (ending.end == JobEnd::waiting || ending.end == JobEnd::running || ending.end == JobEnd::retrying)
            continue;
        m_watched.remove(ending.id);
        m_signatures.remove(ending.id);
        const bool good = ending.end == JobEnd::completed ||
                          (ending.end == JobEnd::vanished && m_settings.canary.vanished_is_success);
        ++(good ? m_completed : m_died);
    }
    m_canary.see(endings);
    const qint64 ended = m_completed + m_died;
    if (ended >= m_settings.least_endings &&
        static_cast<double>(m_died) > m_settings.halt_above * static_cast<double>(ended))
        halt(u"%1 of %2 jobs failed again."_s.arg(m_died).arg(ended));
}

void ActionProgress::halt(const QString& reason) {
    if (m_halt.isEmpty()) m_halt = reason.isEmpty() ? u"Halted."_s : reason;
}

}  // namespace spillway
