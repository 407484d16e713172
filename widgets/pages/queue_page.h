// One queue: four charts on one shared axis of time, its figures, and what is wrong with it. Must be fed
// with every list of connections, also while hidden: it keeps the recent past of all queues for the charts.
// Wide enough, the cards stand two by two, otherwise in one column; the page scrolls rather than clips.
#pragma once

#include <QButtonGroup>
#include <QPushButton>
#include <QStackedWidget>
#include <QWidget>
#include <functional>
#include <memory>

#include "backends/remediation/action_request.h"
#include "widgets/charts/ghost.h"
#include "widgets/charts/past_requests.h"
#include "widgets/charts/queue_past.h"
#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

class QHBoxLayout;

namespace spillway {

class BacklogCard;
class CardGrid;
class ChartCard;
class EmptyState;
class FindingList;
class QueueFigures;
class QueueHistories;
class SafeLabel;
class TimeView;

class QueuePage : public QWidget {
    Q_OBJECT
public:
    explicit QueuePage(QWidget* parent = nullptr);
    ~QueuePage() override;

    void setConnections(const ConnectionViews& views);
    // Takes in what is polled while something else, or nothing, is shown.
    void keepUp(const ConnectionViews& live);
    void setQueue(const QueueRef& queue);
    [[nodiscard]] const QueueRef& queue() const { return m_queue; }
    void setRange(int minutes);             // 15, 60, 360, 1440 or 10080
    void showSpan(double from, double to);  // seconds since 1970, server clock
    void keepsHistory();                    // what was recorded can be compared with
    // Lays what was so many seconds before behind the lines; 0: nothing.
    void compareWith(double before_s);
    void chooseSpan();  // any: asks from when until when
    // Of all connections and queues; those of this queue are drawn.
    void setMarks(const std::vector<ChartMark>& marks);
    void takePast(const QueueRef& queue, const QueuePast& past);

    [[nodiscard]] BacklogCard* backlogCard() const { return m_backlog; }
    // Backlog, dead letters, retries, duplicates.
    [[nodiscard]] const std::vector<ChartCard*>& cards() const { return m_cards; }
    [[nodiscard]] TimeView& view() const { return *m_view; }
    [[nodiscard]] QPushButton* compareButton() const { return m_compare; }
    // Where jobs that wait for their retry can be put forward (Sidekiq), and some wait.
    [[nodiscard]] QPushButton* retryNowButton() const { return m_retryNow; }
    // Why nothing can be put forward; empty: it can.
    void setRetryGap(std::function<QString(const QueueRef&)> gap);

signals:
    void queueChanged(const spillway::QueueRef& queue);
    void overviewRequested();  // the button of the empty state
    void retryRequested(const QString& connection);
    void findingActivated(const spillway::Finding& finding);  // one that is looked into elsewhere
    void markWanted();                                        // of this moment
    void retryNowRequested(const QString& connection, const spillway::ActionRequest& request);
    // What the history knows of [from, to] would be drawn; answer with takePast(). Server seconds since
    // 1970; at most once for each span.
    void pastWanted(const spillway::QueueRef& queue, double from, double to);

private:
    QWidget* buildHeader();
    QWidget* buildRanges();
    QWidget* buildCompare();
    void buildButtons(QHBoxLayout& row);
    QWidget* buildBody();
    void refresh();
    void showCharts(const Reading& reading, const QueueHealth& queue);
    void showMarks();
    void refreshRetryNow(const QueueHealth* queue);
    void retryNow();
    void showMoment();
    [[nodiscard]] QString spanText() const;
    void askForPast();
    void askForGhost();
    void showTitle(const ConnectionView& view, const SystemHealth& system, const QueueHealth& queue);
    void showEmpty(const ConnectionView* view);
    void emptyButtonClicked();

    QueueRef m_queue;
    ConnectionViews m_views;
    std::unique_ptr<QueueHistories> m_histories;
    SafeLabel* m_title;
    SafeLabel* m_subtitle;
    SafeLabel* m_moment;
    QPushButton* m_back;  // shown while zoomed
    QPushButton* m_retryNow;
    std::function<QString(const QueueRef&)> m_retryGap;
    QButtonGroup* m_ranges;
    QPushButton* m_compare;  // shown where a history is kept
    TimeView* m_view;
    PastRequests m_requests;
    GhostRequests m_ghost;
    std::vector<ChartMark> m_marks;
    BacklogCard* m_backlog;
    std::vector<ChartCard*> m_cards;
    CardGrid* m_grid;
    QueueFigures* m_figures;
    FindingList* m_findings;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
};

}  // namespace spillway
