// The backlog chart in its card: its name, the verdict in words, and the legend as coloured words with
// the values of now, or of the moment under the crosshair.
#pragma once

#include "widgets/charts/backlog_chart.h"
#include "widgets/parts/card.h"
#include "widgets/parts/safe_label.h"

namespace spillway {

class BacklogCard : public Card {
    Q_OBJECT
public:
    explicit BacklogCard(QWidget* parent = nullptr);

    // null: the queue is not there (any more). `history` must live until the next call.
    void setQueue(const QueueHealth* queue, const QueueHistory* history, double now);
    [[nodiscard]] BacklogChart* chart() const { return m_chart; }

protected:
    void changeEvent(QEvent* event) override;

private:
    struct Values {
        QString arrivals, drain, waiting;
    };
    QWidget* buildHeader();
    void showValues(std::optional<double> at);
    void showVerdict();
    void recolor();

    std::shared_ptr<const QueueHealth> m_queue;
    const QueueHistory* m_history = nullptr;
    Values m_now;
    BacklogChart* m_chart;
    SafeLabel* m_verdict;
    SafeLabel* m_note;  // what is not observable or only estimated
    SafeLabel* m_moment;
    SafeLabel* m_arrivals;
    SafeLabel* m_drain;
    SafeLabel* m_waiting;
};

}  // namespace spillway
