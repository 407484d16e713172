// Which time the charts of a queue show, what the history has of it, and what it is compared with.
#include <QActionGroup>
#include <QHBoxLayout>
#include <QMenu>
#include <algorithm>

#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "widgets/charts/axis_format.h"
#include "widgets/charts/queue_history.h"
#include "widgets/charts/time_view.h"
#include "widgets/dialogs/span_dialog.h"
#include "widgets/models/queue_cells.h"
#include "widgets/pages/queue_page.h"
#include "widgets/parts/safe_label.h"

namespace spillway {
using namespace Qt::StringLiterals;

QWidget* QueuePage::buildRanges() {
    auto* holder = new QWidget;
    auto* row = new QHBoxLayout(holder);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    const std::pair<QString, int> ranges[] = {
        {u"15 min"_s, 15}, {u"1 h"_s, 60}, {u"6 h"_s, 360}, {u"24 h"_s, 1440}, {u"7 d"_s, 7 * 1440}};
    for (const auto& [text, minutes] : ranges) {
        auto* button = new QPushButton(text);
        button->setCheckable(true);
        button->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
        button->setAccessibleName(u"Show the last %1"_s.arg(text));
        m_ranges->addButton(button, minutes);
        row->addWidget(button);
    }
    row->addWidget(buildCompare());
    connect(m_ranges, &QButtonGroup::idClicked, this, &QueuePage::setRange);
    return holder;
}

// What the history allows: an earlier time behind the lines, and any stretch of the past.
QWidget* QueuePage::buildCompare() {
    m_compare->setText(u"Compare"_s);
    m_compare->setProperty("menu", true);
    m_compare->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    m_compare->setAccessibleName(u"Compare with an earlier time, or show any time"_s);
    m_compare->setToolTip(u"The same time yesterday or last week behind the lines, or any time you name"_s);
    m_compare->hide();
    auto* menu = new QMenu(m_compare);
    auto* group = new QActionGroup(menu);
    const std::pair<QString, int> earlier[] = {
        {u"No comparison"_s, 0}, {u"With a day before"_s, 86400}, {u"With a week before"_s, 7 * 86400}};
    for (const auto& [text, seconds] : earlier) {
        QAction* action = menu->addAction(text);
        action->setCheckable(true);
        action->setChecked(seconds == 0);
        action->setData(seconds);
        group->addAction(action);
    }
    connect(group, &QActionGroup::triggered, this,
            [this](const QAction* action) { compareWith(action->data().toInt()); });
    menu->addSeparator();
    connect(menu->addAction(u"Show from … until …"_s), &QAction::triggered, this, &QueuePage::chooseSpan);
    m_compare->setMenu(menu);
    return m_compare;
}

void QueuePage::setRange(int minutes) {
    if (auto* button = m_ranges->button(minutes)) button->setChecked(true);
    m_view->setRange(minutes * 60.0);
}

void QueuePage::keepsHistory() {
    m_compare->show();
}

void QueuePage::compareWith(double before_s) {
    for (QAction* action : m_compare->menu()->actions())
        if (action->isCheckable()) action->setChecked(action->data().toInt() == qRound(before_s));
    m_compare->setText(before_s > 0 ? u"Compare: %1"_s.arg(shortDurationText(before_s)) : u"Compare"_s);
    m_ghost.setBefore(before_s);
    m_view->setGhost(m_ghost.ghost());
    refresh();
}

void QueuePage::chooseSpan() {
    const auto [from, to] = m_view->visible();
    auto* dialog = new SpanDialog(from, std::min(to, m_view->now()), m_view->now(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog] { showSpan(dialog->from(), dialog->to()); });
    dialog->open();
}

void QueuePage::takePast(const QueueRef& queue, const QueuePast& past) {
    if (m_ghost.take(queue, past))
        m_view->setGhost(m_ghost.ghost());
    else
        m_histories->addPast(queue, past);
    if (queue == m_queue) refresh();
}

void QueuePage::askForPast() {
    const QueueHistory* history = m_histories->find(m_queue);
    const double now = m_view->now();
    if (!history || now <= 0 || m_queue.isEmpty()) return;
    const auto [zoomFrom, zoomTo] = m_view->visible();
    const double from = m_view->zoomed() ? zoomFrom : now - m_view->range();
    const double to = m_view->zoomed() ? std::min(zoomTo, now) : now;
    const auto wanted = m_requests.wanted(m_queue, from, to, history->completeSince(), now);
    if (wanted) emit pastWanted(m_queue, wanted->first, wanted->second);
    askForGhost();
}

// Also of what came after it: that is what the comparison is for.
void QueuePage::askForGhost() {
    const auto [from, to] = m_view->visible();
    const auto wanted = m_ghost.wanted(m_queue, from, to);
    m_view->setGhost(m_ghost.ghost());
    if (wanted) emit pastWanted(m_queue, wanted->first, wanted->second);
}

void QueuePage::showMoment() {
    const auto at = m_view->crosshair();
    m_moment->setSafeText(at ? u"at %1"_s.arg(timeTickText(*at, 1, displayZone())) : spanText());
}

// Where less is drawn than the chosen button says: how much, and why.
QString QueuePage::spanText() const {
    const QTimeZone zone = displayZone();
    if (m_view->zoomed()) {
        const auto [from, to] = m_view->visible();
        const double step = to - from < 600 ? 1 : 60;
        return u"%1 – %2, Esc goes back"_s.arg(timeTickText(from, step, zone), timeTickText(to, step, zone));
    }
    const double known = m_view->now() - m_view->first();
    if (m_view->first() <= 0 || known >= 0.95 * m_view->range()) return {};
    return u"recorded since %1: %2 of %3"_s.arg(
        timeTickText(m_view->first(), known < 86400 ? 60 : 43200, zone), durationText(known),
        durationText(m_view->range()));
}

void QueuePage::showSpan(double from, double to) {
    m_view->zoomTo(from, to);
}

}  // namespace spillway
