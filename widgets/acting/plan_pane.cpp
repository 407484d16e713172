#include "widgets/acting/plan_pane.h"

#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "backends/remediation/live_facts.h"
#include "backends/remediation/pacing.h"
#include "widgets/acting/note_list.h"
#include "widgets/models/scope_choice.h"
#include "widgets/models/table_text.h"
#include "widgets/parts/explained_button.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr size_t kMostCauses = 5;
constexpr size_t kMostSamples = 4;
constexpr int kSettingsPause_ms = 500;

SafeLabel* wrappedLabel(const QString& text, LabelRole role = LabelRole::body) {
    auto* label = new SafeLabel({}, role);
    label->setWordWrap(true);
    label->setSafeText(text);
    label->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    return label;
}

void emptyGrid(QGridLayout& grid) {
    while (QLayoutItem* item = grid.takeAt(0)) {
        delete item->widget();
        delete item;
    }
}

// "a1b2… · MailerJob · died 3 d ago · timeout after <n> ms"
QString sampleText(const PlannedJob& job, const ActionPlan& plan) {
    QStringList parts{visibleText(job.id, 40)};
    if (!job.kind.isEmpty()) parts << visibleText(job.kind, 40);
    if (job.at) parts << momentText(*job.at, plan.made_at);
    if (!job.signature.isEmpty()) parts << visibleText(job.signature, 120);
    return parts.join(u" · "_s);
}

// "a1b2… · held by worker-3 · its process is gone · …", of the last poll; then what a late worker can still
// do.
QStringList evidenceOf(const ActionPlan& plan, const ConnectionViews& views, const QStringList& said) {
    QStringList lines, fencing;
    for (const ScopedSystem& in : systemsIn(views, {plan.connection, plan.system, plan.queue}))
        for (const Lease& lease : in.system->leases.leases) {
            const bool planned = std::any_of(plan.jobs.begin(), plan.jobs.end(),
                                             [&lease](const auto& job) { return job.id == lease.id; });
            if (!planned || lease.queue != plan.queue) continue;
            QStringList parts{visibleText(lease.id, 40)};
            if (!lease.owner.isEmpty()) parts << u"held by %1"_s.arg(visibleText(lease.owner, 40));
            parts << lease.evidence;
            if (lines.size() < static_cast<qsizetype>(kMostCauses)) lines << parts.join(u" · "_s);
            if (!lease.fencing.isEmpty() && !said.contains(lease.fencing))
                fencing << u"After a release: %1"_s.arg(lease.fencing);
        }
    if (lines.isEmpty()) lines << u"The last poll did not list these claims; the plan read them itself."_s;
    fencing.removeDuplicates();
    return lines + fencing;
}

// A plan of other than dead jobs is called what was asked for.
QString inWordsOf(const ActionRequest& request, QString text) {
    if (request.lost) text.replace(u" dead job"_s, u" lost job"_s);
    if (request.retrying) text.replace(u" dead job"_s, u" retrying job"_s);
    return text;
}

}  // namespace

PlanPane::PlanPane(QWidget* parent)
    : QWidget(parent), m_title(new SafeLabel({}, LabelRole::title)),
      m_lead(wrappedLabel({}, LabelRole::secondary)), m_expires(new SafeLabel({}, LabelRole::secondary)),
      m_facts(new QGridLayout), m_settings(buildSettings()), m_causesBox(new QWidget),
      m_causes(new QGridLayout(m_causesBox)), m_notes(new NoteList), m_scroll(new QScrollArea),
      m_confirmation(buildConfirmation()) {
    auto* inside = new QWidget;
    auto* middle = new QVBoxLayout(inside);
    middle->setContentsMargins(0, 0, 10, 0);
    middle->setSpacing(16);
    middle->addWidget(m_notes);
    middle->addLayout(m_facts);
    middle->addWidget(m_settings);
    middle->addWidget(m_causesBox);
    middle->addStretch(1);
    m_facts->setHorizontalSpacing(16);
    m_facts->setVerticalSpacing(7);
    m_facts->setColumnStretch(1, 1);
    m_causes->setContentsMargins(0, 0, 0, 0);
    m_causes->setHorizontalSpacing(16);
    m_causes->setVerticalSpacing(5);
    m_causes->setColumnStretch(1, 1);
    m_scroll->setWidget(inside);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* head = new QHBoxLayout;
    head->addWidget(m_title, 1);
    head->addWidget(m_expires);
    m_title->setElided(true);
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    column->addLayout(head);
    column->addWidget(m_lead);
    column->addWidget(m_scroll, 1);
    column->addWidget(m_confirmation);
    m_clock.setInterval(1000);
    m_debounce.setSingleShot(true);
    m_debounce.setInterval(kSettingsPause_ms);
    connect(m_notes, &NoteList::overridden, this, &PlanPane::setOverride);
    connect(&m_clock, &QTimer::timeout, this, &PlanPane::refreshConfirmation);
    connect(&m_debounce, &QTimer::timeout, this, &PlanPane::replan);
}

void PlanPane::showPlanning(const ActionRequest& request) {
    m_request = request;
    m_planned = false;
    m_clock.stop();
    m_debounce.stop();
    const std::pair<QDoubleSpinBox*, double> settings[] = {{m_rate, request.rate},
                                                           {m_halt, request.halt_above * 100}};
    for (const auto& [box, value] : settings) {
        const QSignalBlocker quiet(box);
        box->setValue(value);
    }
    const QSignalBlocker quiet(m_canary);
    m_canary->setValue(request.canary);
    m_title->setSafeText(
        u"%1 on %2"_s.arg(actionVerb(request.action), visibleText(request.filter.queues.value(0), 60)));
    m_lead->setSafeText(u"Reading what matches… This changes nothing."_s);
    m_scroll->widget()->hide();
    m_expires->setSafeText({});
    refreshConfirmation();
}

void PlanPane::showPlan(const PlanView& plan, const QString& reason) {
    m_view = plan;
    m_planned = true;
    m_madeAt = QDateTime::currentDateTime();
    m_overridden.clear();
    m_scroll->widget()->show();
    const auto confirmation =
        confirmationFor(static_cast<qint64>(plan.planned.plan.jobs.size()), plan.planned.plan.environment);
    if (m_reason->text().isEmpty() && confirmation != Confirmation::count_and_reason)
        m_reason->setText(reason);
    m_title->setSafeText(inWordsOf(m_request, planTitle(this->plan())));
    m_lead->setSafeText(inWordsOf(m_request, planLead(this->plan())));
    m_settings->setVisible(!this->plan().jobs.empty() && this->plan().action != ActionKind::undo);
    m_canary->setEnabled(this->plan().action == ActionKind::replay);
    m_clock.start();
    refresh();
}

void PlanPane::showFailure(const Failure& failure) {
    m_planned = false;
    m_scroll->widget()->hide();
    m_title->setSafeText(failure.what);
    m_lead->setSafeText(u"%1 %2"_s.arg(failure.serverSaid, failure.nextStep).trimmed());
    m_expires->setSafeText({});
    refreshConfirmation();
}

void PlanPane::setConnections(const ConnectionViews& views) {
    m_views = views;
    if (m_planned) refreshFacts();
}

void PlanPane::setOtherAction(const QString& sentence) {
    m_other = sentence;
    refreshConfirmation();
}

// As read with the plan, at the server's time of now: a plan that expires must not look fresh.
GuardFacts PlanPane::factsNow() const {
    GuardFacts facts = m_view.facts;
    facts.now += std::chrono::milliseconds(m_madeAt.msecsTo(QDateTime::currentDateTime()));
    facts.overridden = m_overridden;
    return facts;
}

LoadForecast PlanPane::load() const {
    const ActionPlan& of = plan();
    if (const ConnectionView* view = findConnection(m_views, of.connection); view && view->last)
        for (const auto& [system, queue] : queuesIn(*view, {of.connection, of.system, of.queue}))
            return loadOn(*queue, of.rate);
    return forecastOf(of.rate, {}, {});
}

void PlanPane::refresh() {
    refreshFacts();
    refreshCauses();
    refreshConfirmation();
}

void PlanPane::refreshFacts() {
    emptyGrid(*m_facts);
    if (plan().jobs.empty()) return;
    int row = 0;
    for (const PlanFact& fact : planFacts(plan(), load())) {
        auto* label = new SafeLabel(fact.label, LabelRole::secondary);
        auto* value = wrappedLabel(fact.value);
        value->setHint(fact.hint);
        m_facts->addWidget(label, row, 0, Qt::AlignTop);
        m_facts->addWidget(value, row++, 1);
    }
}

void PlanPane::refreshCauses() {
    emptyGrid(*m_causes);
    int row = 0;
    const bool release = plan().action == ActionKind::release;
    const auto add = [&](const QString& left, const QString& right, LabelRole role) {
        auto* number = new SafeLabel(left, role);
        auto* text = release ? wrappedLabel(right, role) : new SafeLabel(right, role);
        if (!release) {
            text->setElided(true);
            text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
        }
        m_causes->addWidget(number, row, 0, Qt::AlignRight | Qt::AlignTop);
        m_causes->addWidget(text, row++, 1);
    };
    const auto addHeading = [&](const QString& text) {
        auto* heading = new SafeLabel(text, LabelRole::strong);
        heading->setContentsMargins(0, row > 0 ? 10 : 0, 0, 0);
        m_causes->addWidget(heading, row++, 0, 1, 2);
    };
    if (!release && !plan().jobs.empty()) {
        addHeading(u"What they died of"_s);
        for (const CauseLine& cause : planCauses(plan(), kMostCauses))
            add(exactCountText(cause.jobs), cause.text, LabelRole::body);
    }
    if (plan().jobs.empty()) return;
    if (release) {
        addHeading(u"Why they are stuck"_s);
        for (const QString& line : evidenceOf(plan(), m_views, m_view.planned.warnings))
            add({}, line, LabelRole::body);
    }
    addHeading(plan().jobs.size() > kMostSamples ? u"The oldest of them"_s : u"The jobs"_s);
    for (size_t i = 0; i < std::min(kMostSamples, plan().jobs.size()); ++i)
        add({}, sampleText(plan().jobs[i], plan()), LabelRole::secondary);
}

QString PlanPane::gap() const {
    if (!m_planned) return u"There is no plan yet."_s;
    if (!m_other.isEmpty()) return m_other;
    if (m_debounce.isActive()) return u"The settings have changed; a new plan is made."_s;
    return confirmationGap(m_view.planned, factsNow(),
                           {m_confirm->text(), m_confirm->text(), m_reason->text()});
}

void PlanPane::refreshConfirmation() {
    const auto jobs = static_cast<qint64>(plan().jobs.size());
    const bool usable = m_planned && jobs > 0;
    m_confirmation->layout()->setEnabled(true);
    const Confirmation confirmation = confirmationFor(jobs, plan().environment);
    m_confirm->setVisible(usable && confirmation != Confirmation::click);
    m_ask->setVisible(m_confirm->isVisibleTo(m_confirmation));
    m_reason->setVisible(usable);
    static_cast<QGridLayout*>(m_confirmation->layout())->itemAtPosition(1, 0)->widget()->setVisible(usable);
    const QString wanted =
        confirmation == Confirmation::queue_name ? visibleText(plan().queue, 60) : exactCountText(jobs);
    m_ask->setSafeText(u"Type %1"_s.arg(wanted));
    m_confirm->setAccessibleName(confirmation == Confirmation::queue_name ? u"Name of the queue, to confirm"_s
                                                                          : u"Number of jobs, to confirm"_s);
    m_again->setVisible(m_planned);
    m_go->setVisible(usable);
    m_go->setText(u"%1 %2"_s.arg(actionVerb(plan().action), jobsText(jobs)));
    explainButton(*m_go, gap(),
                  plan().action == ActionKind::replay
                      ? u"The first jobs are a canary; you can pause and cancel at any time."_s
                      : u"You can pause and cancel at any time."_s);
    if (!m_planned) return;
    m_notes->setNotes(planNotes(m_view.planned, factsNow()));
    const double left = kPlanLife_s - secondsBetween(plan().made_at, factsNow().now);
    m_expires->setSafeText(jobs == 0  ? QString()
                           : left > 0 ? u"expires in %1:%2"_s.arg(static_cast<int>(left) / 60)
                                            .arg(static_cast<int>(left) % 60, 2, 10, QChar(u'0'))
                                      : u"expired"_s);
}

void PlanPane::setOverride(Guard guard, bool on) {
    std::erase(m_overridden, guard);
    if (on) m_overridden.push_back(guard);
    if (on) m_reason->setFocus();
    refreshConfirmation();
}

// The plan on the screen is no longer the one that is meant.
void PlanPane::settingsChanged() {
    m_debounce.start();
    refreshConfirmation();
}

void PlanPane::replan() {
    m_debounce.stop();
    m_request.rate = m_rate->value();
    m_request.canary = m_request.action == ActionKind::replay ? m_canary->value() : 0;
    m_request.halt_above = m_halt->value() / 100;
    emit planWanted(m_request);
}

void PlanPane::confirm() {
    if (!gap().isEmpty()) return refreshConfirmation();
    emit confirmed(m_reason->text().trimmed(), m_overridden);
}

}  // namespace spillway
