#include "widgets/checklist/drill_panel.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "backends/domain/human_text.h"
#include "widgets/models/connection_label.h"
#include "widgets/parts/choice_box.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

enum Claim { Atomic, CheckThenAct, OwnFile };

// What a drill of the page may take at most; where duplicates come in, no bound is ever reached.
constexpr std::chrono::minutes kLongestDrill{2};

QString endText(const ClaimDrillResult& result) {
    QStringList sentences{claimDrillSentence(result)};
    if (result.end == DrillEnd::stopped) sentences << u"Stopped; what was measured until then counts."_s;
    if (result.failure) sentences << result.failure->sentence();
    if (!result.left_behind.isEmpty()) sentences << result.left_behind;
    return sentences.join(u' ');
}

}  // namespace

DrillPanel::DrillPanel(QWidget* parent)
    : QWidget(parent), m_where(new ChoiceBox(u"Where the drill runs"_s, 18)),
      m_claim(new ChoiceBox(u"Claim"_s, 14)), m_until(new ChoiceBox(u"How far"_s, 14)),
      m_workers(new QSpinBox), m_run(new QPushButton(u"&Run a drill"_s)), m_stop(new QPushButton(u"&Stop"_s)),
      m_attach(new QPushButton(u"&Attach the drill"_s)), m_bar(new QProgressBar),
      m_text(new SafeLabel({}, LabelRole::body)) {
    m_text->setWordWrap(true);
    m_bar->setRange(0, 100);
    m_bar->setTextVisible(false);
    m_bar->setFixedHeight(6);
    m_bar->setAccessibleName(u"Progress of the drill"_s);
    auto* row = new QHBoxLayout;
    row->addWidget(m_run);
    row->addWidget(m_stop);
    row->addWidget(m_attach);
    row->addStretch(1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(buildChoices());
    column->addLayout(row);
    column->addWidget(m_bar);
    column->addWidget(m_text);
    wire();
    setRunning(false);
    setConnections({});
}

QWidget* DrillPanel::buildChoices() {
    auto* choices = new QWidget;
    m_claim->addItems({u"Atomic claim"_s, u"Check, then act"_s, u"Your own claim…"_s});
    for (const int ppm : {1000, 100, 10})
        m_until->addItem(u"until ≤ %1 per million"_s.arg(exactCountText(ppm)), ppm);
    m_until->setCurrentIndex(1);
    m_workers->setRange(1, 64);
    m_workers->setValue(8);
    m_workers->setSuffix(u" workers"_s);
    m_workers->setAccessibleName(u"Workers of the drill"_s);
    m_workers->setButtonSymbols(QAbstractSpinBox::NoButtons);
    auto* grid = new QGridLayout(choices);  // two by two: a narrow window has no room for four in a row
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setSpacing(8);
    grid->addWidget(m_where, 0, 0);
    grid->addWidget(m_claim, 0, 1);
    grid->addWidget(m_workers, 1, 0);
    grid->addWidget(m_until, 1, 1);
    grid->setColumnStretch(2, 1);
    return choices;
}

void DrillPanel::wire() {
    connect(m_run, &QPushButton::clicked, this, &DrillPanel::start);
    connect(m_attach, &QPushButton::clicked, this, &DrillPanel::attachRequested);
    connect(m_claim, &QComboBox::activated, this, &DrillPanel::chooseClaim);
    connect(m_stop, &QPushButton::clicked, this, [this] {
        m_stop->setEnabled(false);
        emit stopRequested();
    });
}

void DrillPanel::setConnections(const ConnectionViews& views) {
    std::vector<const ConnectionView*> possible;
    for (const auto& view : views)
        if (view.environment != Environment::production && view.state == ConnectionState::live)
            possible.push_back(&view);
    const QString chosen = m_where->currentData().toString();
    if (static_cast<int>(possible.size()) != m_where->count() || possible.empty()) {
        m_where->clear();
        for (const auto* view : possible)
            m_where->addItem(
                u"%1 · %2"_s.arg(connectionLabel(view->name), environmentName(view->environment)),
                view->name);
        m_where->setCurrentIndex(std::max(0, m_where->findData(chosen)));
    }
    m_run->setEnabled(!possible.empty() && !m_running);
    m_run->setToolTip(possible.empty() ? u"Drills need an open connection that is not production"_s
                                       : u"On a scratch copy of its own, which is removed afterwards"_s);
}

void DrillPanel::chooseClaim(int index) {
    if (index != OwnFile) return;
    const QString file = QFileDialog::getOpenFileName(this, u"Your claim"_s, QFileInfo(m_file).path(),
                                                      u"SQL or Lua (*.sql *.lua)"_s);
    if (!file.isEmpty()) m_file = file;
    if (m_file.isEmpty()) return m_claim->setCurrentIndex(Atomic);
    m_claim->setItemText(OwnFile, u"Your claim: %1…"_s.arg(visibleText(QFileInfo(m_file).fileName(), 40)));
}

ClaimDrillSettings DrillPanel::settings() const {
    ClaimDrillSettings drill;
    drill.style = m_claim->currentIndex() == OwnFile        ? ClaimStyle::own
                  : m_claim->currentIndex() == CheckThenAct ? ClaimStyle::check_then_act
                                                            : ClaimStyle::atomic;
    if (drill.style == ClaimStyle::own) drill.scriptFile = m_file;
    drill.workers = m_workers->value();
    drill.until_ppm = m_until->currentData().toInt();
    drill.time = kLongestDrill;
    return drill;
}

void DrillPanel::start() {
    if (m_running || m_where->count() == 0) return;
    m_result.reset();
    m_connection = m_where->currentData().toString();
    setRunning(true);
    m_bar->setValue(0);
    m_text->setColor({});
    m_text->setSafeText(u"Making a scratch copy on %1…"_s.arg(m_connection));
    m_stop->setFocus();
    emit started({m_connection, settings()});
}

void DrillPanel::setRunning(bool running) {
    m_running = running;
    m_run->setEnabled(!running && m_where->count() > 0);
    m_stop->setVisible(running);
    m_stop->setEnabled(running);
    m_bar->setVisible(running);
    m_attach->setVisible(!running && m_result && m_result->recorded.rate.rate_ppm.known());
    m_text->setVisible(running || !m_text->safeText().isEmpty());
}

void DrillPanel::showProgress(const ClaimDrillProgress& progress) {
    if (!m_running) return;
    m_bar->setValue(percentDone(progress));
    m_text->setSafeText(claimDrillProgressText(progress));
    m_text->setColor(progress.duplicates > 0 ? currentTokens().critical : QColor());
}

void DrillPanel::showResult(const ClaimDrillResult& result) {
    m_result = result;
    m_text->setSafeText(endText(result));
    m_text->setColor(result.recorded.rate.duplicates.valueOr(0) > 0 ? currentTokens().critical : QColor());
    const bool focused = m_stop->hasFocus();
    setRunning(false);
    if (focused) (m_attach->isVisible() ? m_attach : m_run)->setFocus();
}

void DrillPanel::showFailure(const QString& sentence) {
    m_text->setColor(currentTokens().critical);
    m_text->setSafeText(sentence);
    const bool focused = m_stop->hasFocus();
    setRunning(false);
    if (focused) m_run->setFocus();
}

void DrillPanel::forget() {
    if (m_running) return;
    if (m_attach->hasFocus()) m_run->setFocus();
    m_result.reset();
    m_text->setSafeText({});
    setRunning(false);
}

}  // namespace spillway
