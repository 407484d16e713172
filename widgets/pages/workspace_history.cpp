// What a history adds to the window: looking back, findings that are known or ended, reports, marks.
#include <QDateTime>
#include <QDesktopServices>
#include <QMessageBox>
#include <QPushButton>
#include <QSlider>
#include <QTabBar>
#include <QUrl>
#include <algorithm>
#include <cmath>

#include "backends/domain/human_text.h"
#include "widgets/charts/time_view.h"
#include "widgets/dialogs/acknowledge_dialog.h"
#include "widgets/dialogs/mark_dialog.h"
#include "widgets/pages/dead_letters_page.h"
#include "widgets/pages/overview_page.h"
#include "widgets/pages/queue_page.h"
#include "widgets/pages/workspace.h"
#include "widgets/parts/time_bar.h"
#include "widgets/search/search_dialog.h"
#include "widgets/verdict/finding_list.h"
#include "widgets/verdict/verdict.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kAround_s = 300;
constexpr double kFirstLook_s = 600;

// By the servers' clocks, which the history follows; ours where nothing has been read.
double nowOf(const ConnectionViews& views) {
    ServerTime newest{};
    for (const ConnectionView& view : views)
        if (view.last) newest = std::max(newest, view.last->observed_at);
    return newest == ServerTime{} ? static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000
                                  : static_cast<double>(millisSinceEpoch(newest)) / 1000;
}

}  // namespace

PlaceLink Workspace::shownLink() const {
    PlaceLink link{shown(), Place::overview, {}, {}};
    if (link.target.connection.isEmpty() && m_views.size() == 1) link.target.connection = m_views[0].name;
    switch (m_tabs->currentIndex()) {
        case Queue:
            link.place = Place::queue;
            if (m_queue->view().zoomed())
                link.span = m_queue->view().visible();
            else
                link.range_min = qRound(m_queue->view().range() / 60);
            break;
        case DeadLetters:
            link.place = Place::dead_letters;
            break;
        case Leases:
            link.place = Place::leases;
            break;
        default:
            link.target.queue.clear();
    }
    return link;
}

void Workspace::showLink(const PlaceLink& link) {
    lookAtNow();
    showPlace(link.place, link.target);
    if (link.range_min) m_queue->setRange(*link.range_min);
    if (link.span) m_queue->showSpan(link.span->first, link.span->second);
}

bool Workspace::looksBack() const {
    return !m_time->isHidden();
}

// Only what every poll records can be shown of then; the lists of jobs, leases and actions are of now.
void Workspace::lookBack(double at) {
    if (m_live.empty()) return lookAtNow();
    if (at <= 0) at = nowOf(m_live) - kFirstLook_s;
    m_past->setChecked(true);
    for (const int page : {DeadLetters, Leases, Activity, Checklists}) m_tabs->setTabEnabled(page, false);
    if (m_tabs->currentIndex() > Queue) m_tabs->setCurrentIndex(Overview);
    m_time->show();
    m_time->setReach(m_oldest > 0 ? m_oldest : at, nowOf(m_live));
    m_time->setMoment(at);
    m_time->slider()->setFocus(Qt::OtherFocusReason);
}

void Workspace::lookAtNow() {
    m_past->setChecked(false);
    if (!looksBack()) return;
    m_time->hide();
    for (int page = Overview; page <= Checklists; ++page) m_tabs->setTabEnabled(page, true);
    m_overview->startAnew(m_live);
    display(m_live);
}

void Workspace::takeMoment(double at, const ConnectionViews& views) {
    if (!looksBack() || std::abs(at - m_time->moment()) > 1) return;
    const bool any = std::any_of(views.begin(), views.end(),
                                 [](const ConnectionView& view) { return view.last != nullptr; });
    m_time->setMissing(any ? QString() : u"Nothing was recorded around this moment."_s);
    m_overview->startAnew(views);
    display(views);
}

void Workspace::takeMomentFailure(const Failure& failure) {
    if (looksBack()) m_time->setMissing(failure.sentence());
}

void Workspace::setReach(double oldest) {
    m_oldest = oldest;
}

void Workspace::followNow() {
    m_time->setReach(m_oldest, nowOf(m_live));
    const Verdict urgent = verdictOn(m_live);
    m_time->setNow(urgent.tone == Verdict::Tone::critical ? urgent.title : QString(), true);
}

void Workspace::keepsHistory() {
    m_report->show();
    m_past->show();
    m_queue->keepsHistory();
    for (FindingList* list : findChildren<FindingList*>()) list->setKept(true);
}

void Workspace::acknowledge(const Finding& finding) {
    if (finding.acknowledged) {
        Acknowledgement back = *finding.acknowledged;
        back.taken_back = true;
        emit acknowledged(back);
        return;
    }
    auto* dialog = new AcknowledgeDialog(finding, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this,
            [this, dialog] { emit acknowledged(dialog->acknowledgement()); });
    dialog->open();
}

void Workspace::takeEndedFindings(const std::vector<FindingRun>& runs) {
    for (FindingList* list : findChildren<FindingList*>()) list->setRuns(runs);
}

// Where it was, with a little before and after it.
void Workspace::showRun(const FindingRun& run) {
    const QueueRef target{run.connection, run.system, run.queue};
    if (run.queue.isEmpty() || !findConnection(m_views, run.connection)) return showOverview(target);
    showQueue(target);
    m_queue->showSpan(static_cast<double>(millisSinceEpoch(run.span.since)) / 1000 - kAround_s,
                      static_cast<double>(millisSinceEpoch(run.span.seen)) / 1000 + kAround_s);
}

void Workspace::openSearch(const QString& text) {
    if (!m_search) {
        m_search = new SearchDialog(this);
        connect(&m_search->dead(), &DeadSearch::inquiryMade, this, &Workspace::inquiryMade);
        connect(m_search, &SearchDialog::hitActivated, this, &Workspace::showHit);
    }
    m_search->setConnections(m_live);
    m_search->QWidget::show();
    m_search->raise();
    m_search->activateWindow();
    m_search->look(text);
}

void Workspace::showHit(const SearchHit& hit) {
    lookAtNow();
    switch (hit.kind) {
        case SearchHit::Kind::queue:
            return showQueue(hit.ref);
        case SearchHit::Kind::worker:
            return showLeases(hit.ref);
        case SearchHit::Kind::dead_job:
            break;
    }
    showDeadLetters(hit.ref);
    m_dead->showOnlyId(hit.id);
}

void Workspace::openReport() {
    auto* dialog = new ReportDialog(m_views, shown(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &ReportDialog::saveWanted, this, &Workspace::reportWanted);
    dialog->open();
}

void Workspace::tellWritten(const QStringList& paths, const QString& note) {
    const QString path = paths.value(0);
    auto* box =
        new QMessageBox(note.isEmpty() ? QMessageBox::NoIcon : QMessageBox::Warning, u"Report written"_s,
                        u"%1\n\n%2"_s.arg(visibleText(path, 300), visibleText(note, 600)).trimmed(),
                        QMessageBox::Close, this);
    box->setTextFormat(Qt::PlainText);
    box->setTextInteractionFlags(Qt::TextSelectableByMouse);
    box->setAttribute(Qt::WA_DeleteOnClose);
    auto* show = box->addButton(u"Open"_s, QMessageBox::AcceptRole);
    connect(show, &QPushButton::clicked, box,
            [path] { QDesktopServices::openUrl(QUrl::fromLocalFile(path)); });
    box->open();
}

void Workspace::tellFailure(const QString& title, const Failure& failure) {
    auto* box = new QMessageBox(QMessageBox::Warning, title, failure.sentence(), QMessageBox::Ok, this);
    box->setTextFormat(Qt::PlainText);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void Workspace::addMarker() {
    if (m_views.empty()) return;
    QueueRef about =
        m_tabs->currentIndex() == Queue ? m_queue->queue() : QueueRef{shown().connection, {}, {}};
    if (about.connection.isEmpty()) about.connection = m_views.front().name;
    auto* dialog = new MarkDialog(about, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog, connection = about.connection] {
        emit markMade(connection, dialog->queue(), dialog->text());
    });
    dialog->open();
}

}  // namespace spillway
