#include "widgets/verdict/finding_entry.h"

#include <QClipboard>
#include <QContextMenuEvent>
#include <QDateTime>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QMenu>
#include <QMouseEvent>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "backends/domain/acknowledgement.h"
#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "backends/domain/past_finding.h"
#include "widgets/models/connection_label.h"
#include "widgets/parts/icon.h"
#include "widgets/parts/safe_label.h"
#include "widgets/parts/theme.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kIndent = 42;  // where the titles begin

SafeLabel* wrappedLine(LabelRole role) {
    auto* label = new SafeLabel({}, role);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

QString clockText(ServerTime at, const QDate& today) {
    const QDateTime local = displayTime(at);
    return local.toString(local.date() == today ? u"HH:mm"_s : u"ddd d MMM, HH:mm"_s);
}

QString placeOfFinding(const Finding& finding) {
    const QString connection = connectionLabel(finding.connection);
    return finding.queue.isEmpty() ? connection
                                   : u"%1 · %2"_s.arg(visibleText(finding.queue, 60), connection);
}

}  // namespace

FindingEntry::FindingEntry(Place here, QWidget* parent)
    : QWidget(parent), m_here(here), m_line(new QWidget), m_rest(new QWidget), m_fold(new QToolButton),
      m_sign(new QLabel), m_title(new SafeLabel({}, LabelRole::strong)),
      m_where(new SafeLabel({}, LabelRole::secondary)), m_since(new SafeLabel({}, LabelRole::secondary)),
      m_sentence(wrappedLine(LabelRole::secondary)), m_action(wrappedLine(LabelRole::body)),
      m_said(wrappedLine(LabelRole::secondary)), m_way(new QPushButton),
      m_replay(new QPushButton(u"Replay…"_s)), m_acknowledge(new QPushButton(u"Acknowledge…"_s)) {
    m_acknowledge->hide();
    buildLine();
    buildRest();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(3);
    column->addWidget(m_line);
    column->addWidget(m_rest);
    connect(m_fold, &QToolButton::clicked, this, [this] {
        setOpen(!isOpen());
        emit toggled(isOpen());
    });
    for (QPushButton* button : {m_way, m_replay, m_acknowledge})
        connect(button, &QPushButton::pressed, this, [this] { m_pressed = m_finding; });
    connect(m_way, &QPushButton::clicked, this, [this] {
        if (m_run)
            emit runActivated(*m_run);
        else
            emit findingActivated(m_pressed);
    });
    connect(m_replay, &QPushButton::clicked, this, [this] { emit replayRequested(m_pressed); });
    connect(m_acknowledge, &QPushButton::clicked, this, [this] { emit acknowledgeRequested(m_pressed); });
    setFocusProxy(m_fold);
    setOpen(false);
}

void FindingEntry::buildLine() {
    m_fold->setAutoRaise(true);
    m_fold->setArrowType(Qt::RightArrow);
    auto* row = new QHBoxLayout(m_line);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    row->addWidget(m_fold);
    row->addWidget(m_sign);
    row->addWidget(m_title, 3);
    row->addWidget(m_where, 2);
    row->addWidget(m_since);
    for (SafeLabel* label : {m_title, m_where}) {
        label->setElided(true);
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    }
    m_where->setVisible(m_here != Place::queue);
}

void FindingEntry::buildRest() {
    auto* links = new QHBoxLayout;
    links->setSpacing(18);
    for (QPushButton* link : {m_way, m_replay, m_acknowledge}) {
        link->setProperty("link", true);
        link->setCursor(Qt::PointingHandCursor);
        links->addWidget(link);
    }
    links->addStretch(1);
    auto* column = new QVBoxLayout(m_rest);
    column->setContentsMargins(kIndent, 0, 0, 6);
    column->setSpacing(3);
    column->addWidget(m_sentence);
    column->addWidget(m_action);
    column->addWidget(m_said);
    column->addLayout(links);
}

void FindingEntry::setFinding(const Finding& finding, const QString& dataOf, const QDate& today) {
    m_finding = finding;
    m_run.reset();
    const ThemeTokens& tokens = currentTokens();
    const bool old = !dataOf.isEmpty();
    const bool quiet = old || finding.acknowledged;
    const Place place = placeOf(finding);
    m_way->setText(placeButtonText(place, targetOf(finding)).replace(u'&', "&&"_L1) + u" →"_s);
    m_way->setVisible(place != m_here);
    m_replay->setVisible(place == Place::dead_letters && !finding.queue.isEmpty());
    m_sign->setPixmap(iconPixmap(old ? u"stale"_s : severityIcon(finding.severity),
                                 quiet ? tokens.secondary : severityColor(tokens, finding.severity), 13,
                                 devicePixelRatioF()));
    m_title->setSafeText(finding.title);
    m_title->setColor(quiet ? tokens.secondary : QColor());
    m_title->setAccessibleName(u"%1: %2"_s.arg(severityWord(finding.severity), finding.title));
    m_fold->setAccessibleName(u"The rest of: %1"_s.arg(finding.title));
    m_where->setSafeText(placeOfFinding(finding));
    const QString since = finding.since == ServerTime{} ? QString() : sinceText(finding.since, today);
    m_since->setSafeText(old ? u"as of %1"_s.arg(dataOf) : since);
    m_since->setHint(u"%1 UTC"_s.arg(toUtc(finding.since).toString(u"yyyy-MM-dd HH:mm:ss"_s)));
    m_sentence->setSafeText(finding.sentence);
    m_sentence->setHint(finding.evidence);
    m_action->setSafeText(u"→ %1"_s.arg(finding.action));
    m_action->setVisible(!finding.action.isEmpty());
    sayAcknowledged();
}

void FindingEntry::setRun(const FindingRun& run, const QDate& today) {
    setFinding(pastFinding(run), {}, today);
    m_run = run;
    m_title->setColor(currentTokens().secondary);
    m_since->setSafeText(u"%1 – %2"_s.arg(clockText(run.span.since, today), clockText(run.span.seen, today)));
    m_way->setText(run.queue.isEmpty() ? u"Open the overview →"_s : u"Open its charts of then →"_s);
    m_way->show();
    m_replay->hide();
    m_acknowledge->hide();
}

void FindingEntry::sayAcknowledged() {
    const auto& said = m_finding.acknowledged;
    const ServerTime now = serverTimeFromMillis(QDateTime::currentMSecsSinceEpoch());
    m_said->setVisible(said.has_value());
    m_acknowledge->setText(said ? u"Take back"_s : u"Acknowledge…"_s);
    if (!said) return;
    const QString text = acknowledgementText(*said, now);
    m_said->setSafeText(text.left(1).toUpper() + text.mid(1));
    m_title->setAccessibleName(u"%1, %2"_s.arg(m_title->accessibleName(), text));
    m_since->setSafeText(said->finding.isEmpty() ? u"snoozed"_s : u"acknowledged"_s);
}

void FindingEntry::setAcknowledgeable(bool can) {
    m_acknowledge->setVisible(can);
}

void FindingEntry::setOpen(bool open) {
    m_rest->setVisible(open);
    m_fold->setArrowType(open ? Qt::DownArrow : Qt::RightArrow);
}

bool FindingEntry::isOpen() const {
    return !m_rest->isHidden();
}

// About the finding as it was when the menu opened.
void FindingEntry::contextMenuEvent(QContextMenuEvent* event) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const Finding about = m_finding;
    if (!m_way->isHidden())
        menu->addAction(m_way->text(), this, [this, about] { emit findingActivated(about); });
    if (!m_replay->isHidden())
        menu->addAction(m_replay->text(), this, [this, about] { emit replayRequested(about); });
    if (!m_acknowledge->isHidden())
        menu->addAction(m_acknowledge->text(), this, [this, about] { emit acknowledgeRequested(about); });
    menu->addAction(isOpen() ? u"Fold it"_s : u"Show the rest"_s, m_fold, &QToolButton::click);
    menu->addSeparator();
    menu->addAction(u"Copy the finding"_s, this, [about] {
        const QStringList lines{u"%1: %2"_s.arg(severityWord(about.severity), about.sentence), about.evidence,
                                about.action, u"%1, %2"_s.arg(about.id, about.connection)};
        QGuiApplication::clipboard()->setText(lines.join(u'\n'));
    });
    menu->popup(event->globalPos());
}

void FindingEntry::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton && m_line->geometry().contains(event->pos())) m_fold->click();
}

}  // namespace spillway
