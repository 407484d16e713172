#include "widgets/verdict/finding_list.h"

#include <QDateTime>
#include <QEvent>
#include <QHBoxLayout>
#include <QScrollArea>
#include <QScrollBar>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/parts/choice_box.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/safe_label.h"
#include "widgets/verdict/finding_entry.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kEnded = -1;  // no Severity
constexpr double kDay_s = 24 * 3600;

QString keyOf(const Finding& finding) {
    return finding.connection + QChar(0) + finding.id;
}

QString countOf(const std::vector<Finding>& findings, Severity severity, const QString& one,
                const QString& many) {
    const auto n = std::count_if(findings.begin(), findings.end(), [&](const Finding& finding) {
        return finding.severity == severity && !finding.acknowledged;
    });
    return n == 0 ? QString() : u"%1 %2"_s.arg(n).arg(n == 1 ? one : many);
}

}  // namespace

FindingList::FindingList(Place here, QWidget* parent)
    : Card(parent), m_here(here), m_entries(new QVBoxLayout),
      m_count(new SafeLabel({}, LabelRole::secondary)),
      m_filter(new ChoiceBox(u"Which findings are listed"_s, 12)),
      m_none(new SafeLabel(u"Nothing open on this queue."_s, LabelRole::secondary)) {
    m_none->setWordWrap(true);
    auto* inside = new QWidget;
    m_entries->setContentsMargins(0, 0, 8, 0);
    m_entries->setSpacing(here == Place::queue ? 10 : 4);
    m_entries->addWidget(m_none);
    m_entries->addStretch(1);
    inside->setLayout(m_entries);
    auto* scroll = new QScrollArea;
    scroll->setWidget(inside);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setAccessibleName(u"Findings, worst first"_s);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* head = new QHBoxLayout;
    head->setSpacing(10);
    head->addWidget(new SafeLabel(u"Findings"_s, LabelRole::heading));
    head->addWidget(m_count, 1);
    head->addWidget(m_filter);
    m_count->setElided(true);
    m_count->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_filter->addItem(u"All"_s, static_cast<int>(Severity::info));
    m_filter->addItem(u"Warnings and worse"_s, static_cast<int>(Severity::warning));
    m_filter->addItem(u"Critical only"_s, static_cast<int>(Severity::critical));
    m_filter->setVisible(here != Place::queue);
    connect(m_filter, &QComboBox::currentIndexChanged, this, &FindingList::chooseFilter);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 8, 8, 8);
    column->setSpacing(6);
    column->addLayout(head);
    column->addWidget(scroll, 1);
}

void FindingList::setFindings(const std::vector<Finding>& findings, const QDate& today,
                              const QHash<QString, QString>& oldData, int notShown) {
    if (findings == m_findings && today == m_today && oldData == m_old && notShown == m_not_shown) return;
    m_today = today;
    m_findings = findings;
    m_old = oldData;
    m_not_shown = notShown;
    refresh();
}

void FindingList::setKept(bool kept) {
    if (kept && !m_kept && m_here != Place::queue) m_filter->addItem(u"Ended in the last day"_s, kEnded);
    m_kept = kept;
    refresh();
}

// Those that go on are in the other list.
void FindingList::setRuns(const std::vector<FindingRun>& runs) {
    m_runs.clear();
    for (auto run = runs.rbegin(); run != runs.rend(); ++run)
        if (std::none_of(m_findings.begin(), m_findings.end(), [&](const Finding& finding) {
                return finding.id == run->span.id && finding.connection == run->connection &&
                       finding.since <= run->span.seen;
            }))
            m_runs.push_back(*run);
    if (showsEnded()) refresh();
}

bool FindingList::showsEnded() const {
    return m_filter->currentData().toInt() == kEnded;
}

void FindingList::chooseFilter() {
    if (showsEnded()) {
        const double now = static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000;
        emit endedWanted(now - kDay_s, now + kDay_s);  // a server's clock may be ahead
    }
    refresh();
}

void FindingList::setNone(const QString& sentence) {
    m_none->setSafeText(sentence);
}

void FindingList::showAll() {
    m_filter->setCurrentIndex(0);
    findChild<QScrollArea*>()->verticalScrollBar()->setValue(0);
    if (!m_shown.empty()) m_shown.front()->setFocus(Qt::OtherFocusReason);
}

void FindingList::changeEvent(QEvent* event) {
    Card::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) refresh();
}

bool FindingList::passes(const Finding& finding) const {
    return static_cast<int>(finding.severity) >= m_filter->currentData().toInt();
}

// On the page of a queue there are few, and they begin open.
FindingEntry* FindingList::addEntry() {
    auto* entry = new FindingEntry(m_here);
    connect(entry, &FindingEntry::findingActivated, this, &FindingList::findingActivated);
    connect(entry, &FindingEntry::replayRequested, this, &FindingList::replayRequested);
    connect(entry, &FindingEntry::acknowledgeRequested, this, &FindingList::acknowledgeRequested);
    connect(entry, &FindingEntry::runActivated, this, &FindingList::runActivated);
    connect(entry, &FindingEntry::toggled, this, [this, entry] {
        const QString key = keyOf(entry->finding());
        if (!m_turned.remove(key)) m_turned.insert(key);
    });
    m_entries->insertWidget(static_cast<int>(m_shown.size()), entry);
    m_shown.push_back(entry);
    return entry;
}

FindingEntry* FindingList::entryAt(size_t place) {
    return place < m_shown.size() ? m_shown[place] : addEntry();
}

size_t FindingList::showFindings() {
    size_t used = 0;
    for (const Finding& finding : m_findings) {
        if (!passes(finding)) continue;
        FindingEntry* entry = entryAt(used++);
        entry->setFinding(finding, m_old.value(finding.connection), m_today);
        entry->setAcknowledgeable(m_kept);
        entry->setOpen(m_turned.contains(keyOf(finding)) != (m_here == Place::queue));
        entry->show();
    }
    return used;
}

size_t FindingList::showEnded() {
    size_t used = 0;
    for (const FindingRun& run : m_runs) {
        FindingEntry* entry = entryAt(used++);
        entry->setRun(run, m_today);
        entry->setOpen(m_turned.contains(keyOf(entry->finding())));
        entry->show();
    }
    return used;
}

void FindingList::refresh() {
    const size_t used = showsEnded() ? showEnded() : showFindings();
    for (size_t i = used; i < m_shown.size(); ++i) m_shown[i]->hide();
    if (m_here != Place::queue)
        m_none->setSafeText(showsEnded() ? u"Nothing ended in the last day."_s : u"None of these is open."_s);
    m_none->setVisible(m_here == Place::queue ? m_findings.empty() : used == 0);
    sayCount();
}

void FindingList::sayCount() {
    QStringList parts{countOf(m_findings, Severity::critical, u"critical"_s, u"critical"_s),
                      countOf(m_findings, Severity::warning, u"warning"_s, u"warnings"_s),
                      countOf(m_findings, Severity::info, u"note"_s, u"notes"_s)};
    if (const auto known =
            std::count_if(m_findings.begin(), m_findings.end(),
                          [](const Finding& finding) { return finding.acknowledged.has_value(); });
        known > 0)
        parts << u"%1 known"_s.arg(known);
    if (m_not_shown > 0) parts << u"%1 lesser ones are not listed: filter by a connection"_s.arg(m_not_shown);
    parts.removeAll(QString());
    m_count->setSafeText(parts.join(u" · "_s));
}

}  // namespace spillway
