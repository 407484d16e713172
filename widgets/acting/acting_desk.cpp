#include "widgets/acting/acting_desk.h"

#include <QInputDialog>

#include "backends/domain/human_text.h"
#include "backends/remediation/live_facts.h"
#include "backends/remediation/pacing.h"
#include "widgets/acting/action_dialog.h"
#include "widgets/acting/arm_dialog.h"
#include "widgets/acting/plan_text.h"
#include "widgets/acting/run_pane.h"

namespace spillway {
using namespace Qt::StringLiterals;

ActingDesk::ActingDesk(QWidget* window) : QObject(window), m_window(window) {}

void ActingDesk::setConnections(const ConnectionViews& views) {
    m_views = views;
    for (const auto& dialog : std::as_const(m_dialogs))
        if (dialog) dialog->setConnections(views);
}

bool ActingDesk::isArmed(const QString& connection) const {
    const ArmingView* arming = findArming(m_armings, connection);
    return arming && arming->open && QDateTime::currentDateTime() < arming->until;
}

const ActionView* ActingDesk::action(const QString& connection) const {
    const auto it = m_actions.constFind(connection);
    return it == m_actions.cend() ? nullptr : &*it;
}

std::vector<ActionView> ActingDesk::running() const {
    std::vector<ActionView> running;
    for (const auto& action : m_actions)
        if (!action.ended()) running.push_back(action);
    return running;
}

QString ActingDesk::gap(ActionKind kind, const QueueRef& queue) const {
    const ConnectionView* view = findConnection(m_views, queue.connection);
    const QString verb = actionVerb(kind).toLower();
    if (!view) return u"Nothing is connected."_s;
    if (queue.queue.isEmpty() || queue.system.isEmpty())
        return u"Choose one queue: an action never spans several."_s;
    if (!view->last) return u"Nothing has been read yet."_s;
    if (view->state != ConnectionState::live)
        return u"%1 does not answer; what is shown is old."_s.arg(visibleText(view->name, 40));
    if (const ActionView* other = action(queue.connection); other && !other->ended())
        return u"An action is under way on this connection: the %1 of %2. Wait until it has ended."_s.arg(
            actionKindName(other->kind), visibleText(other->queue, 60));
    if (const ArmingView* arming = findArming(m_armings, queue.connection))
        for (const auto& system : arming->systems)
            if (system.identity.key() == queue.system && !system.capabilities.why(verb).isEmpty() &&
                !system.capabilities.observable(verb))
                return system.capabilities.why(verb);
    return actionGap(*view->last, kind, queue.system, queue.queue, {});
}

QString ActingDesk::resumeGap(const ActivityRow& row) const {
    const ConnectionView* view = findConnection(m_views, row.connection);
    if (!view) return u"Connect to %1 first."_s.arg(visibleText(row.connection, 60));
    if (const ActionView* other = action(row.connection); other && !other->ended())
        return u"Another action is under way on this connection."_s;
    return {};
}

void ActingDesk::arm(const QString& connection) {
    askToArm(connection, {}, {});
}

void ActingDesk::askToArm(const QString& connection, const QString& what, std::function<void()> then) {
    const ConnectionView* view = findConnection(m_views, connection);
    if (!view) return;
    delete m_arm;
    m_then = std::move(then);
    m_arm = new ArmDialog(*view, what, isArmed(connection), m_window);
    m_arm->setAttribute(Qt::WA_DeleteOnClose);
    connect(m_arm, &ArmDialog::armWanted, this, &ActingDesk::armWanted);
    connect(m_arm, &QDialog::rejected, this, [this] { m_then = {}; });
    m_arm->open();
}

void ActingDesk::setArmings(const ArmingViews& views) {
    m_armings = views;
    if (m_arm && isArmed(m_arm->connection())) {
        m_arm->accept();
        if (const auto then = std::exchange(m_then, {})) then();
    }
    emit changed();
}

void ActingDesk::takeArmingFailure(const QString& connection, const Failure& failure) {
    if (m_arm && m_arm->connection() == connection) m_arm->showFailed(failure);
}

void ActingDesk::begin(const QString& connection, const ActionRequest& request) {
    if (isArmed(connection)) return openPlan(connection, request);
    const QString what =
        (request.action == ActionKind::undo ? u"to %1 a replay of %2"_s : u"to %1 jobs of %2"_s)
            .arg(actionKindName(request.action), visibleText(request.filter.queues.value(0), 40));
    askToArm(connection, what, [this, connection, request] { openPlan(connection, request); });
}

ArmDialog* ActingDesk::armDialog() const {
    return m_arm;
}

ActionDialog* ActingDesk::actionDialog(const QString& connection) const {
    return m_dialogs.value(connection);
}

ActionDialog* ActingDesk::dialogFor(const QString& connection) {
    if (ActionDialog* dialog = actionDialog(connection)) return dialog;
    auto* dialog = new ActionDialog(m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setConnections(m_views);
    m_dialogs[connection] = dialog;
    connect(dialog, &ActionDialog::planWanted, this, [this, connection](const ActionRequest& request) {
        const quint64 ticket = ++m_lastTicket;
        m_planning[ticket] = connection;
        m_newest[connection] = ticket;
        emit planWanted(connection, ticket, request);
    });
    connect(dialog, &ActionDialog::applyWanted, this,
            [this, connection](const ActionPlan& plan, const QString& reason,
                               const std::vector<Guard>& overridden) {
                emit applyWanted(connection, plan, reason, overridden);
            });
    connect(dialog, &ActionDialog::activityWanted, this, &ActingDesk::activityWanted);
    RunPane* run = dialog->runPane();
    connect(run, &RunPane::pauseWanted, this, [this, connection] { emit pauseWanted(connection); });
    connect(run, &RunPane::goOnWanted, this, [this, connection] { emit goOnWanted(connection); });
    connect(run, &RunPane::rateWanted, this,
            [this, connection](double rate) { emit rateWanted(connection, rate); });
    connect(run, &RunPane::cancelWanted, this, [this, connection] { emit cancelWanted(connection); });
    return dialog;
}

void ActingDesk::openPlan(const QString& connection, const ActionRequest& request) {
    const ArmingView* arming = findArming(m_armings, connection);
    ActionDialog* dialog = dialogFor(connection);
    dialog->plan(connection, request, arming ? arming->reason : QString());
    dialog->show();
    dialog->raise();
    dialog->activateWindow();
}

void ActingDesk::takePlan(quint64 ticket, const PlanView& plan) {
    const QString connection = m_planning.take(ticket);
    ActionDialog* dialog = actionDialog(connection);
    if (dialog && dialog->planning() && m_newest.value(connection) == ticket) dialog->takePlan(plan);
}

void ActingDesk::takePlanFailure(quint64 ticket, const Failure& failure) {
    const QString connection = m_planning.take(ticket);
    ActionDialog* dialog = actionDialog(connection);
    if (dialog && dialog->planning() && m_newest.value(connection) == ticket)
        dialog->takePlanFailure(failure);
}

void ActingDesk::setAction(const ActionView& action) {
    m_actions[action.connection] = action;
    if (ActionDialog* dialog = actionDialog(action.connection)) dialog->showAction(action);
    if (action.ended()) {
        const ActivityRow resumed = m_resumed.take(action.connection);
        if (!resumed.key.isEmpty() && action.report && action.report->refused())
            askToOverride(resumed, action.report->guards);
        emit actionEnded();
    }
    emit changed();
}

void ActingDesk::show(const QString& connection) {
    const ActionView* of = action(connection);
    if (!of) return;
    ActionDialog* dialog = dialogFor(connection);
    dialog->showAction(*of);
    dialog->show();
    dialog->raise();
}

// A plan shows its guards before it is confirmed; what is resumed learns of them when it is refused.
void ActingDesk::askToOverride(const ActivityRow& row, const std::vector<GuardAnswer>& answers) {
    std::vector<Guard> guards;
    QStringList sentences;
    for (const GuardAnswer& answer : answers) {
        if (answer.permission == Permission::allowed) continue;
        if (answer.permission == Permission::refused && !answer.overridable) return;
        if (!answer.overridable) continue;  // a mere warning
        guards.push_back(answer.guard);
        sentences << answer.sentence;
    }
    if (guards.empty()) return;
    auto* dialog = new QInputDialog(m_window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(u"Resume in spite of this?"_s);
    dialog->setLabelText(sentences.join(u'\n').toHtmlEscaped().replace(u'\n', u"<br>"_s) +
                         u"<br><br>To go on all the same, say why; it goes into the audit:"_s);
    dialog->setOkButtonText(u"Override and resume"_s);
    connect(dialog, &QInputDialog::textValueSelected, this, [this, row, guards](const QString& reason) {
        if (reason.trimmed().isEmpty()) return;
        m_resumed.insert(row.connection, row);
        emit resumeWanted(row, reason.trimmed(), guards);
        show(row.connection);
    });
    dialog->open();
}

void ActingDesk::resume(const ActivityRow& row) {
    const auto go = [this, row] {
        const ArmingView* arming = findArming(m_armings, row.connection);
        m_resumed.insert(row.connection, row);
        emit resumeWanted(row, arming ? arming->reason : row.reason, {});
        show(row.connection);
    };
    if (isArmed(row.connection)) return go();
    askToArm(row.connection, u"to resume the %1 of %2"_s.arg(row.kind, visibleText(row.queue, 40)), go);
}

// At the highest rate: it races with the workers, and adds nothing to their load.
void ActingDesk::undo(const ActivityRow& row) {
    ActionRequest request;
    request.action = ActionKind::undo;
    request.undoes = row.key;
    request.filter.system = row.system;
    request.filter.queues = {row.queue};
    request.rate = kHighestReplayRate;
    request.canary = 0;
    begin(row.connection, request);
}

}  // namespace spillway
