#include "widgets/pages/queue_page.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>
#include <algorithm>

#include "backends/domain/human_text.h"
#include "widgets/charts/backlog_card.h"
#include "widgets/charts/dead_letter_card.h"
#include "widgets/charts/duplicate_card.h"
#include "widgets/charts/queue_history.h"
#include "widgets/charts/retry_card.h"
#include "widgets/charts/time_view.h"
#include "widgets/models/connection_label.h"
#include "widgets/models/worker_table_model.h"
#include "widgets/pages/card_grid.h"
#include "widgets/parts/empty_state.h"
#include "widgets/parts/explained_button.h"
#include "widgets/parts/queue_figures.h"
#include "widgets/verdict/finding_list.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

struct Found {
    const SystemHealth* system = nullptr;
    const QueueHealth* queue = nullptr;
};

Found findQueue(const ConnectionView* view, const QueueRef& ref) {
    if (!view || !view->last) return {};
    for (const auto& system : view->last->systems) {
        if (system.identity.key() != ref.system) continue;
        for (const auto& queue : system.queues)
            if (queue.reading.queue == ref.queue) return {&system, &queue};
    }
    return {};
}

std::vector<Finding> findingsOn(const ConnectionView& view, const QueueRef& ref) {
    std::vector<Finding> mine;
    for (const auto& finding : findingsOf(view, QDateTime::currentDateTime()))
        if (finding.system == ref.system && finding.queue == ref.queue) mine.push_back(finding);
    return mine;
}

// Those that take from the queue, where the system lists each of its workers.
WorkersReading workersOf(const WorkersReading& all, const QString& queue) {
    WorkersReading mine = all;
    std::erase_if(mine.list, [&](const Worker& w) { return !w.alive || !mayServe(w, queue); });
    const auto alive =
        std::count_if(all.list.begin(), all.list.end(), [](const Worker& w) { return w.alive; });
    if (alive == 0 || all.live.valueOr(0) != alive || static_cast<qint64>(mine.list.size()) == alive)
        return all;
    mine.live.value = static_cast<qint64>(mine.list.size());
    mine.concurrency = {};
    return mine;
}

QString pageWorkersText(const WorkersReading& workers) {
    if (!workers.live.known()) return {};
    const QString noun = *workers.live.value == 1 ? u"worker"_s : u"workers"_s;
    const QString each =
        workers.concurrency.known() ? u", %1 slots"_s.arg(countText(workers.concurrency)) : QString();
    return u"%1 %2%3"_s.arg(countText(workers.live), noun, each);
}

EmptyText noQueueText() {
    return {u"queue"_s,
            u"No queue is chosen"_s,
            {},
            u"Choose one in the overview, in the tree, or press Ctrl+K."_s,
            u"Overview"_s};
}

EmptyText goneText(const QueueRef& ref) {
    return {
        u"queue"_s,
        u"%1 is not there any more"_s.arg(visibleText(ref.queue, 60)),
        {},
        u"The last poll of %1 did not list it. It shows again as soon as it is back."_s.arg(ref.connection),
        u"Overview"_s};
}

}  // namespace

QueuePage::QueuePage(QWidget* parent)
    : QWidget(parent), m_histories(std::make_unique<QueueHistories>()),
      m_title(new SafeLabel({}, LabelRole::title)), m_subtitle(new SafeLabel({}, LabelRole::secondary)),
      m_moment(new SafeLabel({}, LabelRole::secondary)), m_back(new QPushButton(u"Zoom back"_s)),
      m_retryNow(new QPushButton(u"Retry now…"_s)), m_ranges(new QButtonGroup(this)),
      m_compare(new QPushButton), m_view(new TimeView(this)),
      m_backlog(new BacklogCard(*m_view)), m_cards{m_backlog, new DeadLetterCard(*m_view),
                                                   new RetryCard(*m_view), new DuplicateCard(*m_view)},
      m_grid(new CardGrid), m_figures(new QueueFigures), m_findings(new FindingList),
      m_stack(new QStackedWidget), m_empty(new EmptyState) {
    auto* full = new QWidget;
    auto* column = new QVBoxLayout(full);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    column->addWidget(buildHeader());
    column->addWidget(buildBody(), 1);
    m_stack->addWidget(full);
    m_stack->addWidget(m_empty);
    auto* whole = new QVBoxLayout(this);
    whole->setContentsMargins(0, 0, 0, 0);
    whole->addWidget(m_stack);
    connect(m_empty, &EmptyState::buttonClicked, this, &QueuePage::emptyButtonClicked);
    connect(m_findings, &FindingList::findingActivated, this, &QueuePage::findingActivated);
    connect(m_view, &TimeView::spanChanged, this, &QueuePage::askForPast);
    connect(m_view, &TimeView::crosshairMoved, this, &QueuePage::showMoment);
    connect(m_view, &TimeView::redrawNeeded, this, &QueuePage::showMoment);
    setRange(60);
    refresh();
}

QueuePage::~QueuePage() = default;

QWidget* QueuePage::buildHeader() {
    auto* header = new QWidget;
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    m_title->setElided(true);
    m_subtitle->setElided(true);
    m_moment->setElided(true);
    row->addWidget(m_title);
    row->addWidget(m_subtitle, 1);  // gives way first
    row->addStretch(0);
    row->addWidget(m_moment);
    buildButtons(*row);
    row->addWidget(buildRanges());
    m_subtitle->setContentsMargins(0, 4, 0, 0);  // on the title's baseline
    return header;
}

void QueuePage::buildButtons(QHBoxLayout& row) {
    m_back->setToolTip(u"To what was shown before (Esc, or a double click into a chart)"_s);
    m_back->hide();
    connect(m_back, &QPushButton::clicked, this, [this] { m_view->zoomBack(); });
    connect(m_view, &TimeView::spanChanged, m_back, [this] { m_back->setVisible(m_view->zoomed()); });
    auto* mark = new QPushButton(u"Mark…"_s);
    mark->setToolTip(u"Mark this moment on the charts, a deploy for instance (Ctrl+M)"_s);
    connect(mark, &QPushButton::clicked, this, &QueuePage::markWanted);
    m_retryNow->hide();
    connect(m_retryNow, &QPushButton::clicked, this, &QueuePage::retryNow);
    for (QPushButton* button : {m_back, m_retryNow, mark}) {
        button->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
        row.addWidget(button);
    }
}

void QueuePage::setRetryGap(std::function<QString(const QueueRef&)> gap) {
    m_retryGap = std::move(gap);
    refresh();
}

void QueuePage::refreshRetryNow(const QueueHealth* queue) {
    const bool some = queue && queue->reading.retrying.valueOr(0) > 0;
    m_retryNow->setVisible(some && m_queue.system.startsWith("sidekiq"_L1));
    if (!m_retryNow->isHidden())
        explainButton(*m_retryNow, m_retryGap ? m_retryGap(m_queue) : u"This window only observes."_s,
                      u"A plan first: the jobs that wait for their retry run now instead."_s);
}

void QueuePage::retryNow() {
    if (!m_retryGap || !m_retryGap(m_queue).isEmpty()) return;
    ActionRequest request;
    request.retrying = true;
    request.filter.system = m_queue.system;
    request.filter.queues << m_queue.queue;
    emit retryNowRequested(m_queue.connection, request);
}

QWidget* QueuePage::buildBody() {
    for (ChartCard* card : m_cards) m_grid->addCard(card);
    auto* below = new QWidget;
    auto* row = new QHBoxLayout(below);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    row->addWidget(m_figures);
    row->addWidget(m_findings, 1);
    m_figures->setFixedWidth(280);
    auto* inside = new QWidget;
    auto* column = new QVBoxLayout(inside);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    column->addWidget(m_grid);
    column->addWidget(below, 1);
    auto* scroll = new QScrollArea;
    scroll->setWidget(inside);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setAccessibleName(u"Charts of the queue"_s);
    m_grid->fillViewport(scroll->viewport());
    return scroll;
}

void QueuePage::setConnections(const ConnectionViews& views) {
    m_views = views;
    if (std::none_of(views.begin(), views.end(), [](const ConnectionView& view) { return view.past; }))
        m_histories->add(views);
    refresh();
}

void QueuePage::keepUp(const ConnectionViews& live) {
    m_histories->add(live);
}

void QueuePage::setQueue(const QueueRef& queue) {
    if (m_queue == queue) return;
    m_queue = queue;
    m_histories->want(queue);
    m_view->setCrosshair(std::nullopt);
    m_view->setRange(m_view->range());  // leaves the zoom of the other queue
    showMarks();
    refresh();
    emit queueChanged(queue);
}

void QueuePage::setMarks(const std::vector<ChartMark>& marks) {
    m_marks = marks;
    showMarks();
}

void QueuePage::showMarks() {
    std::vector<ChartMark> mine;
    for (const auto& mark : m_marks)
        if ((mark.connection.isEmpty() || mark.connection == m_queue.connection) &&
            (mark.queue.isEmpty() || mark.queue == m_queue.queue))
            mine.push_back(mark);
    m_view->setMarks(std::move(mine));
}

void QueuePage::emptyButtonClicked() {
    const ConnectionView* view = findConnection(m_views, m_queue.connection);
    if (view && !view->last && view->failure)
        emit retryRequested(view->name);
    else
        emit overviewRequested();
}

void QueuePage::refresh() {
    const ConnectionView* view = findConnection(m_views, m_queue.connection);
    const auto [system, queue] = findQueue(view, m_queue);
    m_stack->setCurrentIndex(queue ? 0 : 1);
    refreshRetryNow(queue);
    if (!queue) return showEmpty(view);
    showTitle(*view, *system, *queue);
    showCharts(*view->last, *queue);
    for (ChartCard* card : m_cards) {
        card->setSubject(m_queue.queue, system->identity.label(), connectionLabel(view->name));
        card->setStale(view->state != ConnectionState::live);
    }
    m_figures->setQueue(*queue, system->workers);
    m_figures->setStale(view->state != ConnectionState::live);
    m_findings->setFindings(findingsOn(*view, m_queue), todayOf({*view}));
}

void QueuePage::showCharts(const Reading& reading, const QueueHealth& queue) {
    const QueueHistory* history = m_histories->find(m_queue);
    const auto shown = std::make_shared<const QueueHealth>(queue);
    m_view->setNow(static_cast<double>(millisSinceEpoch(reading.observed_at)) / 1000,
                   history ? history->firstTime() : 0);
    for (ChartCard* card : m_cards) card->setQueue(shown, history);
    askForPast();
}

void QueuePage::showEmpty(const ConnectionView* view) {
    m_view->setNow(0, 0);
    for (ChartCard* card : m_cards) card->setQueue(nullptr, nullptr);
    if (m_queue.isEmpty() || !view) return m_empty->setText(noQueueText());
    m_empty->setText(view->last
                         ? goneText(m_queue)
                         : emptyTextFor({*view}, QDateTime::currentDateTime()).value_or(goneText(m_queue)));
}

void QueuePage::showTitle(const ConnectionView& view, const SystemHealth& system, const QueueHealth& queue) {
    m_title->setSafeText(m_queue.queue);
    m_title->setMinimumWidth(std::min(m_title->sizeHint().width(), width() / 4));
    m_subtitle->setHint(view.name);
    QStringList parts{system.identity.label(), connectionLabel(view.name),
                      pageWorkersText(workersOf(system.workers, m_queue.queue))};
    if (queue.reading.paused.value_or(false)) parts << u"paused"_s;
    if (view.state != ConnectionState::live)
        parts << u"figures are %1 old"_s.arg(
            durationText(ageOfLast(view, QDateTime::currentDateTime()).value_or(0)));
    parts.removeAll(QString());
    m_subtitle->setSafeText(parts.join(u" · "_s));
}

}  // namespace spillway
