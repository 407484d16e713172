#include "widgets/verdict/finding_list.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "backends/domain/human_text.h"
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

}  // namespace

// One finding; its labels stay, so that what a person is selecting survives a poll.
class FindingList::Entry : public QWidget {
public:
    explicit Entry(FindingList* list)
        : m_open(new QPushButton), m_replay(new QPushButton(u"Replay…"_s)), m_sign(new QLabel),
          m_title(wrapped({}, LabelRole::strong)), m_since(new SafeLabel({}, LabelRole::secondary)),
          m_sentence(wrapped({}, LabelRole::secondary)), m_action(wrapped({}, LabelRole::body)) {
        auto* head = new QHBoxLayout;
        head->setSpacing(8);
        head->addWidget(m_sign, 0, Qt::AlignTop);
        head->addWidget(m_title, 1);
        head->addWidget(m_since, 0, Qt::AlignTop);
        auto* column = new QVBoxLayout(this);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(3);
        column->addLayout(head);
        column->addWidget(m_sentence);
        column->addWidget(m_action);
        auto* links = new QHBoxLayout;
        links->setSpacing(18);
        for (QPushButton* link : {m_open, m_replay}) {
            link->setProperty("link", true);
            link->setCursor(Qt::PointingHandCursor);
            links->addWidget(link);
        }
        links->addStretch(1);
        column->addLayout(links);
        m_sign->setContentsMargins(0, 2, 0, 0);
        connect(m_open, &QPushButton::clicked, list,
                [this, list] { emit list->findingActivated(m_finding); });
        connect(m_replay, &QPushButton::clicked, list,
                [this, list] { emit list->replayRequested(m_finding); });
    }

    void setFinding(const Finding& finding, Place here, const QDate& today) {
        m_finding = finding;
        const Place place = placeOf(finding);
        m_open->setText(placeButtonText(place, targetOf(finding)).replace(u'&', "&&"_L1) + u" →"_s);
        m_open->setVisible(place != here);
        m_replay->setVisible(place == Place::dead_letters && !finding.queue.isEmpty());
        const QColor color = severityColor(currentTokens(), finding.severity);
        m_sign->setPixmap(iconPixmap(severityIcon(finding.severity), color, 13, devicePixelRatioF()));
        m_title->setSafeText(finding.title);
        m_title->setAccessibleName(u"%1: %2"_s.arg(severityWord(finding.severity), finding.title));
        m_since->setSafeText(finding.since == ServerTime{} ? QString() : sinceText(finding.since, today));
        m_since->setHint(u"%1 UTC"_s.arg(toUtc(finding.since).toString(u"yyyy-MM-dd HH:mm:ss"_s)));
        m_sentence->setSafeText(finding.sentence);
        m_sentence->setHint(finding.evidence);
        m_action->setSafeText(u"→ %1"_s.arg(finding.action));
        m_action->setVisible(!finding.action.isEmpty());
    }

private:
    Finding m_finding;
    QPushButton* m_open;
    QPushButton* m_replay;
    QLabel* m_sign;
    SafeLabel* m_title;
    SafeLabel* m_since;
    SafeLabel* m_sentence;
    SafeLabel* m_action;
};

FindingList::FindingList(Place here, QWidget* parent)
    : Card(parent), m_here(here), m_entries(new QVBoxLayout),
      m_none(wrapped(u"Nothing open on this queue."_s, LabelRole::secondary)) {
    auto* inside = new QWidget;
    m_entries->setContentsMargins(0, 0, 8, 0);
    m_entries->setSpacing(14);
    m_entries->addWidget(m_none);
    m_entries->addStretch(1);
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
}

void FindingList::setFindings(const std::vector<Finding>& findings, const QDate& today) {
    if (findings == m_findings && today == m_today) return;
    m_today = today;
    m_findings = findings;
    refresh();
}

void FindingList::setNone(const QString& sentence) {
    m_none->setSafeText(sentence);
}

void FindingList::changeEvent(QEvent* event) {
    Card::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) refresh();
}

void FindingList::refresh() {
    while (m_shown.size() < m_findings.size()) {
        m_shown.push_back(new Entry(this));
        m_entries->insertWidget(static_cast<int>(m_shown.size()) - 1, m_shown.back());
    }
    for (size_t i = 0; i < m_shown.size(); ++i) {
        if (i < m_findings.size()) m_shown[i]->setFinding(m_findings[i], m_here, m_today);
        m_shown[i]->setVisible(i < m_findings.size());
    }
    m_none->setVisible(m_findings.empty());
}

}  // namespace spillway
