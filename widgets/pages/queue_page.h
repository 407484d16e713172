// One queue: the backlog chart, its figures, and what is wrong with it. Must be fed with every list of
// connections, also while hidden: it keeps the recent past of all queues for the chart.
#pragma once

#include <QButtonGroup>
#include <QStackedWidget>
#include <QWidget>
#include <memory>

#include "widgets/models/connection_view.h"
#include "widgets/models/queue_ref.h"

namespace spillway {

class BacklogCard;
class EmptyState;
class FindingList;
class QueueFigures;
class QueueHistories;
class SafeLabel;

class QueuePage : public QWidget {
    Q_OBJECT
public:
    explicit QueuePage(QWidget* parent = nullptr);
    ~QueuePage() override;

    void setConnections(const ConnectionViews& views);
    void setQueue(const QueueRef& queue);
    [[nodiscard]] const QueueRef& queue() const { return m_queue; }
    void setRange(int minutes);  // 15, 60, 360 or 1440
    [[nodiscard]] BacklogCard* backlogCard() const { return m_backlog; }

signals:
    void queueChanged(const spillway::QueueRef& queue);
    void overviewRequested();  // the button of the empty state
    void retryRequested(const QString& connection);

private:
    QWidget* buildHeader();
    QWidget* buildBody();
    void refresh();
    void showTitle(const ConnectionView& view, const SystemHealth& system, const QueueHealth& queue);
    void showEmpty(const ConnectionView* view);
    void emptyButtonClicked();

    QueueRef m_queue;
    ConnectionViews m_views;
    std::unique_ptr<QueueHistories> m_histories;
    SafeLabel* m_title;
    SafeLabel* m_subtitle;
    QButtonGroup* m_ranges;
    BacklogCard* m_backlog;
    QueueFigures* m_figures;
    FindingList* m_findings;
    QStackedWidget* m_stack;
    EmptyState* m_empty;
};

}  // namespace spillway
