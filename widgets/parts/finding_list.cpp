#include "widgets/parts/finding_list.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QScrollArea>
#include <QVBoxLayout>

#include "widgets/parts/icon.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

SafeLabel* wrapped(const QString& text, LabelRole role) {
    auto* label = new SafeLabel({}, role);
    label->setWordWrap(true);
    label->setSafeText(text);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

QString sinceText(ServerTime since) {
    const QDateTime utc = toUtc(since);
    return u"since %1"_s.arg(utc.toLocalTime().toString(u"HH:mm"_s));
}

}  // namespace

FindingList::FindingList(QWidget* parent) : Card(parent), m_entries(new QVBoxLayout) {
    auto* inside = new QWidget;
    m_entries->setContentsMargins(0, 0, 8, 0);
    m_entries->setSpacing(14);
    inside->setLayout(m_entries);
    auto* scroll = new QScrollArea;
    scroll->setWidget(inside);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 8, 8);
    column->setSpacing(10);
    column->addWidget(new SafeLabel(u"Findings"_s, LabelRole::heading));
    column->addWidget(scroll, 1);
    rebuild();
}

void FindingList::setFindings(const std::vector<Finding>& findings) {
    if (findings == m_findings) return;
    m_findings = findings;
    rebuild();
}

void FindingList::changeEvent(QEvent* event) {
    Card::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) rebuild();
}

void FindingList::rebuild() {
    while (QLayoutItem* item = m_entries->takeAt(0)) {
        if (item->widget()) item->widget()->deleteLater();
        delete item;
    }
    for (const auto& finding : m_findings) m_entries->addWidget(entryFor(finding));
    if (m_findings.empty()) m_entries->addWidget(wrapped(u"Nothing open on this queue."_s, LabelRole::secondary));
    m_entries->addStretch(1);
}

QWidget* FindingList::entryFor(const Finding& finding) const {
    auto* entry = new QWidget;
    auto* sign = new QLabel;
    const QColor color = severityColor(currentTokens(), finding.severity);
    sign->setPixmap(iconPixmap(severityIcon(finding.severity), color, 13, devicePixelRatioF()));
    auto* title = wrapped(finding.title, LabelRole::strong);
    title->setAccessibleName(u"%1: %2"_s.arg(severityWord(finding.severity), finding.title));
    auto* since = new SafeLabel(finding.since == ServerTime{} ? QString() : sinceText(finding.since), LabelRole::secondary);
    since->setHint(u"%1 UTC"_s.arg(toUtc(finding.since).toString(u"yyyy-MM-dd HH:mm:ss"_s)));
    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(sign, 0, Qt::AlignTop);
    head->addWidget(title, 1);
    head->addWidget(since, 0, Qt::AlignTop);
    auto* column = new QVBoxLayout(entry);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(3);
    column->addLayout(head);
    auto* sentence = wrapped(finding.sentence, LabelRole::secondary);
    sentence->setHint(finding.evidence);
    column->addWidget(sentence);
    if (!finding.action.isEmpty()) column->addWidget(wrapped(u"→ %1"_s.arg(finding.action), LabelRole::body));
    return entry;
}

}  // namespace spillway
