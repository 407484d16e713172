#include "widgets/acting/action_dialog.h"

#include <QStackedWidget>
#include <QVBoxLayout>

#include "backends/domain/human_text.h"
#include "widgets/acting/environment_strip.h"
#include "widgets/acting/plan_pane.h"
#include "widgets/acting/plan_text.h"
#include "widgets/acting/run_pane.h"
#include "widgets/models/connection_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kRunHeight = 430;  // an action needs less room than its plan

QString systemLabel(const ConnectionView* view, const QString& key) {
    if (view && view->last)
        for (const auto& system : view->last->systems)
            if (system.identity.key() == key) return system.identity.label();
    return visibleText(key, 60);
}

}  // namespace

ActionDialog::ActionDialog(QWidget* parent)
    : QDialog(parent), m_strip(new EnvironmentStrip), m_panes(new QStackedWidget), m_plan(new PlanPane),
      m_run(new RunPane) {
    setModal(false);
    resize(720, 620);
    setMinimumSize(560, 420);
    m_panes->addWidget(m_plan);
    m_panes->addWidget(m_run);
    auto* inside = new QVBoxLayout;
    inside->setContentsMargins(20, 16, 20, 16);
    inside->addWidget(m_panes);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_strip);
    column->addLayout(inside, 1);
    connect(m_plan, &PlanPane::planWanted, this, [this](const ActionRequest& request) {
        m_request = request;
        m_plan->showPlanning(request);
        emit planWanted(request);
    });
    connect(m_plan, &PlanPane::confirmed, this,
            [this](const QString& reason, const std::vector<Guard>& overridden) {
                emit applyWanted(m_plan->plan(), reason, overridden);
            });
    connect(m_plan, &PlanPane::dismissed, this, &QDialog::close);
    connect(m_run, &RunPane::dismissed, this, &QDialog::close);
    connect(m_run, &RunPane::activityWanted, this, &ActionDialog::activityWanted);
}

void ActionDialog::setPlace(const QString& system, const QString& queue, Environment environment) {
    const ConnectionView* view = findConnection(m_views, m_connection);
    m_strip->setPlace(
        environment,
        QStringList{connectionLabel(m_connection), systemLabel(view, system), visibleText(queue, 60)}.join(
            u" · "_s));
}

void ActionDialog::setConnections(const ConnectionViews& views) {
    m_views = views;
    m_plan->setConnections(views);
    m_run->setConnections(views);
}

bool ActionDialog::planning() const {
    return m_panes->currentWidget() == m_plan;
}

void ActionDialog::plan(const QString& connection, const ActionRequest& request, const QString& reason) {
    m_connection = connection;
    m_request = request;
    m_reason = reason;
    const ConnectionView* view = findConnection(m_views, connection);
    setWindowTitle(actionVerb(request.action));
    setPlace(request.filter.system, request.filter.queues.value(0),
             view ? view->environment : Environment::production);
    m_panes->setCurrentWidget(m_plan);
    m_plan->showPlanning(request);
    emit planWanted(request);
}

void ActionDialog::takePlan(const PlanView& plan) {
    setPlace(plan.planned.plan.system, plan.planned.plan.queue, plan.planned.plan.environment);
    m_plan->showPlan(plan, m_reason);
}

void ActionDialog::takePlanFailure(const Failure& failure) {
    m_plan->showFailure(failure);
}

void ActionDialog::setOtherAction(const QString& sentence) {
    m_plan->setOtherAction(sentence);
}

void ActionDialog::showAction(const ActionView& action) {
    m_connection = action.connection;
    setWindowTitle(actionVerb(action.kind));
    setPlace(action.system, action.queue, action.environment);
    m_run->setAction(action);
    if (planning()) resize(width(), kRunHeight);
    m_panes->setCurrentWidget(m_run);
}

}  // namespace spillway
