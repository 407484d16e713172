#include "widgets/checklist/checklist_page.h"

#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include "backends/checklist/checklist_markdown.h"
#include "backends/checklist/live_evidence.h"
#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "backends/drill/drill_document.h"
#include "widgets/checklist/change_form.h"
#include "widgets/checklist/drill_panel.h"
#include "widgets/checklist/known_now.h"
#include "widgets/checklist/question_step.h"
#include "widgets/checklist/summary_step.h"
#include "widgets/parts/card.h"
#include "widgets/parts/choice_box.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

enum Step { Change, First, Silent = First + 4, Summary };

constexpr qint64 kCompareEvery_ms = 5'000;

ServerTime nowHere() {
    return serverTimeFromMillis(QDateTime::currentMSecsSinceEpoch());
}

std::optional<qint64> atOnce(const KnownNow& now) {
    return now.production && now.production->at_once.isExact() ? now.production->at_once.value : std::nullopt;
}

QString lineOf(const Checklist& checklist) {
    const auto judgement = judgedChecklist(checklist, {{nowHere(), {}, {}}, false});
    return u"%1\n%2 · %3 · %4"_s.arg(visibleText(checklist.title, 60),
                                     checklistVerdictName(judgement.verdict),
                                     visibleText(checklist.jobs.join(u", "_s), 40),
                                     displayTime(checklist.created).toString(u"d MMM, HH:mm"_s));
}

}  // namespace

ChecklistPage::ChecklistPage(QWidget* parent)
    : QWidget(parent), m_jobs(new ChoiceBox(u"Kind of job"_s, 16)), m_list(new QListWidget),
      m_whole(new QStackedWidget), m_empty(new EmptyState), m_head(new SafeLabel({}, LabelRole::secondary)),
      m_problem(new SafeLabel({}, LabelRole::body)), m_steps(new QStackedWidget), m_change(new ChangeForm),
      m_question(new QuestionStep), m_summary(new SummaryStep), m_back(new QPushButton(u"&Back"_s)),
      m_next(new QPushButton(u"Ne&xt"_s)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    row->addWidget(buildList(), 3);
    row->addWidget(buildWalk(), 5);
    m_empty->setText({u"check"_s,
                      u"Four questions before a deploy, and one kept for last"_s,
                      {},
                      u"Two minutes; ten seconds where no shared state is touched."_s,
                      u"New checklist"_s});
    setFocusProxy(m_list);
    wire();
    fillList();
}

QWidget* ChecklistPage::buildList() {
    auto* card = new Card;
    card->setMinimumWidth(180);
    card->setMaximumWidth(290);
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(8);
    auto* fresh = new QPushButton(u"Ne&w checklist"_s);
    m_list->setAccessibleName(u"Checklists, newest first"_s);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    column->addWidget(fresh);
    column->addWidget(m_jobs);
    column->addWidget(m_list, 1);
    connect(fresh, &QPushButton::clicked, this, &ChecklistPage::begin);
    return card;
}

QWidget* ChecklistPage::buildWalk() {
    auto* card = new Card;
    auto* walk = new QWidget;
    for (QWidget* step : std::initializer_list<QWidget*>{m_change, m_question, m_summary})
        m_steps->addWidget(step);
    m_problem->setWordWrap(true);
    m_next->setProperty("primary", true);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_back);
    buttons->addStretch(1);
    buttons->addWidget(m_next);
    auto* column = new QVBoxLayout(walk);
    column->setContentsMargins(28, 22, 28, 20);
    column->setSpacing(14);
    column->addWidget(m_head);
    column->addWidget(m_steps, 1);
    column->addWidget(m_problem);
    column->addLayout(buttons);
    m_whole->addWidget(m_empty);
    m_whole->addWidget(walk);
    auto* outer = new QVBoxLayout(card);
    outer->setContentsMargins(1, 1, 1, 1);
    outer->addWidget(m_whole);
    return card;
}

void ChecklistPage::wire() {
    connect(m_empty, &EmptyState::buttonClicked, this, &ChecklistPage::begin);
    connect(m_next, &QPushButton::clicked, this, &ChecklistPage::next);
    connect(m_change, &ChangeForm::finished, this, &ChecklistPage::next);
    connect(m_question, &QuestionStep::finished, this, &ChecklistPage::next);
    connect(m_question, &QuestionStep::attachFileRequested, this, &ChecklistPage::attachFile);
    connect(m_question, &QuestionStep::attachLiveRequested, this, &ChecklistPage::attachLive);
    connect(m_question, &QuestionStep::attachParityRequested, this, &ChecklistPage::attachParity);
    connect(m_question->drill(), &DrillPanel::started, this, &ChecklistPage::drillStarted);
    connect(m_question->drill(), &DrillPanel::stopRequested, this, &ChecklistPage::drillStopped);
    connect(m_question->drill(), &DrillPanel::attachRequested, this, &ChecklistPage::attachDrill);
    connect(m_back, &QPushButton::clicked, this, [this] { goTo(m_step - 1); });
    connect(m_summary, &SummaryStep::copyRequested, this, &ChecklistPage::copy);
    connect(m_summary, &SummaryStep::saveRequested, this, &ChecklistPage::save);
    connect(m_summary, &SummaryStep::deployRequested, this, &ChecklistPage::deploy);
    connect(m_summary, &SummaryStep::signRequested, this,
            [this](const QString& reviewer, const QString& risk) {
                m_problem->setSafeText({});
                emit signatureGiven(m_current->id, reviewer, risk);
            });
    connect(m_jobs, &QComboBox::activated, this, &ChecklistPage::fillList);
    connect(m_list, &QListWidget::itemActivated, this,
            [this](const QListWidgetItem* item) { choose(item->data(Qt::UserRole).toString()); });
    connect(m_list, &QListWidget::itemClicked, this,
            [this](const QListWidgetItem* item) { choose(item->data(Qt::UserRole).toString()); });
}

void ChecklistPage::setConnections(const ConnectionViews& views) {
    m_views = views;
    m_change->setConnections(views);
    m_question->drill()->setConnections(views);
    refresh();
}

void ChecklistPage::setChecklists(const std::vector<Checklist>& checklists, const QStringList& unreadable) {
    m_all = checklists;
    if (m_current)
        for (const auto& one : m_all)
            if (one.id == m_current->id) m_current = one;
    fillList();
    refresh();
    if (!unreadable.isEmpty()) showFailure(unreadable.front());
}

void ChecklistPage::showFailure(const QString& sentence) {
    m_problem->setColor(currentTokens().critical);
    m_problem->setSafeText(sentence);
}

void ChecklistPage::fillList() {
    const QString wanted = m_jobs->currentIndex() > 0 ? m_jobs->currentText() : QString();
    QStringList jobs;
    for (const auto& one : m_all) jobs += one.jobs;
    jobs.sort();
    jobs.removeDuplicates();
    m_jobs->clear();
    m_jobs->addItem(u"All kinds of jobs"_s);
    m_jobs->addItems(jobs);
    m_jobs->setCurrentIndex(static_cast<int>(std::max<qsizetype>(0, 1 + jobs.indexOf(wanted))));
    m_list->clear();
    for (const auto& one : m_all) {
        if (m_jobs->currentIndex() > 0 && !one.jobs.contains(wanted)) continue;
        auto* item = new QListWidgetItem(lineOf(one), m_list);
        item->setData(Qt::UserRole, one.id);
        if (m_current && m_current->id == one.id) m_list->setCurrentItem(item);
    }
}

void ChecklistPage::choose(const QString& id) {
    for (const auto& one : m_all)
        if (one.id == id) m_current = one;
    m_question->drill()->forget();
    if (m_current) goTo(Summary);
}

void ChecklistPage::begin() {
    m_current.reset();
    m_question->drill()->forget();
    m_list->clearSelection();
    goTo(Change);
    m_change->clear();
}

void ChecklistPage::goTo(int step) {
    m_step = step;
    m_compared.invalidate();
    m_summary->showComparison(std::nullopt);
    m_problem->setSafeText({});
    m_whole->setCurrentIndex(1);
    m_steps->setCurrentIndex(step == Change ? 0 : step == Summary ? 2 : 1);
    if (step >= First && step <= Silent) m_question->ask(*m_current, question());
    if (step == Summary) m_summary->setFocus();
    m_back->setEnabled(step > First);
    m_next->setVisible(step != Summary);
    refresh();
}

void ChecklistPage::refresh() {
    if (!m_current) return m_head->setSafeText(u"New checklist"_s);
    const QString where = m_step == Summary  ? u"Summary"_s
                          : m_step == Silent ? u"The last question"_s
                                             : u"Question %1 of 4"_s.arg(m_step);
    m_head->setSafeText(u"%1  ·  %2  ·  %3"_s.arg(where, visibleText(m_current->title, 80), m_current->id));
    if (m_step == Summary) return showSummary();
    m_question->showKnown(*m_current, judgement(), knownNow(*m_current, m_views));
}

void ChecklistPage::showSummary() {
    m_summary->showVerdict(*m_current, judgement(), m_marking == m_current->id);
    if (!m_current->deployed || (m_compared.isValid() && m_compared.elapsed() < kCompareEvery_ms)) return;
    const auto* view = connection();
    const auto seen = view ? liveQueue(*view->last, m_current->queueOrKind()) : std::nullopt;
    if (!seen) return;
    m_compared.start();
    emit comparisonWanted(*m_current, {view->name, seen->system, seen->queue});
}

void ChecklistPage::takeComparison(const QString& id, const DeployComparison& comparison) {
    if (m_current && m_current->id == id) m_summary->showComparison(comparison);
}

std::optional<ChecklistQuestion> ChecklistPage::question() const {
    if (m_step < First || m_step >= Silent) return std::nullopt;
    return kChecklistQuestions[static_cast<size_t>(m_step - First)];
}

ChecklistJudgement ChecklistPage::judgement() const {
    return judgedChecklist(*m_current, {{nowHere(), {}, {}}, false});
}

const ConnectionView* ChecklistPage::connection() const {
    for (const auto& view : m_views)
        if (view.state == ConnectionState::live && view.last &&
            checklistConnection(view) == m_current->connection)
            return &view;
    return nullptr;
}

void ChecklistPage::next() {
    if (m_step == Change) return leaveChange();
    leaveQuestion();
}

void ChecklistPage::leaveChange() {
    auto made = m_change->checklist();
    if (!made) return showFailure(made.failure().what);
    m_current = *made;
    m_current->id = newChecklistId();
    m_current->created = nowHere();
    emit created(*m_current);
    goTo(First);
}

void ChecklistPage::leaveQuestion() {
    const QString text = m_question->text();
    const ServerTime now = nowHere();
    const auto asked = question();
    if (!asked) {
        change([text, now](Checklist& c) { return giveSilentFailure(c, text, now); });
    } else {
        const auto choice = m_question->choice();
        if (!choice) return showFailure(u"Choose yes, no, or not applicable."_s);
        change([=](Checklist& c) { return giveAnswer(c, *asked, *choice, text, now); });
    }
    if (!m_problem->safeText().isEmpty()) return;
    goTo(stepAfter(asked));
}

// What touches nothing shared is asked for its rollback alone.
int ChecklistPage::stepAfter(std::optional<ChecklistQuestion> asked) const {
    if (!m_current->touchesNothingShared()) return m_step + 1;
    if (asked == ChecklistQuestion::shared_state)
        return First + static_cast<int>(ChecklistQuestion::rollback);
    return asked == ChecklistQuestion::rollback ? static_cast<int>(Summary) : m_step + 1;
}

// Tried on what is shown first: a refusal is told at once, and nothing goes out.
void ChecklistPage::change(std::function<Outcome<Done>(Checklist&)> apply) {
    m_problem->setSafeText({});
    Checklist changed = *m_current;
    if (const auto done = apply(changed); !done) return showFailure(done.failure().what);
    m_current = std::move(changed);
    emit edited({m_current->id, std::move(apply)});
}

void ChecklistPage::attachFile() {
    const QString path =
        QFileDialog::getOpenFileName(this, u"Evidence"_s, {}, u"JSON, JUnit XML (*.json *.xml)"_s);
    if (!path.isEmpty()) emit fileAttached(m_current->id, *question(), path);
}

void ChecklistPage::attach(const QString& kind, const QJsonObject& document, const QString& where,
                           std::optional<qint64> workers) {
    m_problem->setSafeText({});
    emit evidenceMeasured({m_current->id, *question(), kind, document, where, m_current->commit, workers});
}

void ChecklistPage::attachLive() {
    const auto now = knownNow(*m_current, m_views);
    if (!now.production) return;
    attach(u"live"_s, withRules(liveDocument(now.production, now.staging), now.rules), m_current->connection,
           atOnce(now));
}

void ChecklistPage::attachParity() {
    const auto now = knownNow(*m_current, m_views);
    if (now.parity) attach(u"parity"_s, parityJson(*now.parity), now.parity_where, atOnce(now));
}

void ChecklistPage::attachDrill() {
    const auto* panel = m_question->drill();
    if (!panel->result()) return;
    const auto* view = findConnection(m_views, panel->connection());
    const auto where = view ? checklistConnection(*view) : panel->connection();
    attach(u"drill_claim"_s,
           claimDrillJson(*panel->result(), view ? view->environment : Environment::staging), where, {});
    m_question->drill()->forget();
}

void ChecklistPage::showDrillProgress(const ClaimDrillProgress& progress) {
    m_question->drill()->showProgress(progress);
}
void ChecklistPage::showDrillResult(const ClaimDrillResult& result) {
    m_question->drill()->showResult(result);
}
void ChecklistPage::showDrillFailure(const QString& sentence) {
    m_question->drill()->showFailure(sentence);
}

void ChecklistPage::save() {
    const QString path = QFileDialog::getSaveFileName(this, u"For `spillwayctl checklist verify`"_s,
                                                      u"checklist.json"_s, u"JSON (*.json)"_s);
    if (!path.isEmpty()) emit exportRequested(m_current->id, path);
}

void ChecklistPage::copy() {
    QApplication::clipboard()->setText(checklistMarkdown(*m_current, judgement()));
}

void ChecklistPage::deploy() {
    if (judgement().verdict != ChecklistVerdict::pass) return refresh();
    const auto* view = connection();
    if (!view) return showFailure(u"Its connection is not open here, so no chart could show the mark."_s);
    if (!m_marking.isEmpty()) return;
    m_problem->setSafeText({});
    m_marking = m_current->id;
    emit deployWanted(m_current->id, view->name, m_current->queue, u"deploy "_s + deployName(*m_current));
    refresh();
}

void ChecklistPage::takeMark(const QString& id) {
    if (m_marking == id) m_marking.clear();
    const auto deployed = [now = nowHere()](Checklist& c) -> Outcome<Done> {
        c.deployed = now;
        return Done{};
    };
    emit edited({id, deployed});
    if (!m_current || m_current->id != id) return;
    (void)deployed(*m_current);
    m_compared.invalidate();
    refresh();
}

void ChecklistPage::takeMarkFailure(const QString& id, const QString& sentence) {
    if (m_marking == id) m_marking.clear();
    if (m_current && m_current->id == id) showFailure(u"The deploy mark was not set. "_s + sentence);
    refresh();
}

}  // namespace spillway
