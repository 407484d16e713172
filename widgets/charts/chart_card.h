// A chart in its card: name, verdict in words, a note under it, and the legend as coloured words with the
// values of now, or of the moment under the crosshair.
#pragma once

#include <memory>
#include <vector>

#include "widgets/charts/chart_words.h"
#include "widgets/charts/time_chart.h"
#include "widgets/parts/card.h"
#include "widgets/parts/safe_label.h"

class QHBoxLayout;
class QToolButton;
class QVBoxLayout;

namespace spillway {

class ChartCard : public Card {
    Q_OBJECT
public:
    // null: the queue is not there (any more). `history` must live until the next call.
    void setQueue(std::shared_ptr<const QueueHealth> queue, const QueueHistory* history);
    // Whose charts these are, for what leaves the window.
    void setSubject(const QString& queue, const QString& system, const QString& connection);
    void setStale(bool stale);
    [[nodiscard]] TimeChart* chart() const { return m_chart; }
    [[nodiscard]] QString verdict() const { return m_verdict->safeText(); }
    [[nodiscard]] QString legend() const;  // in one line

protected:
    ChartCard(TimeChart* chart, const QString& name);
    void changeEvent(QEvent* event) override;

    [[nodiscard]] virtual ChartWords words(const QueueHealth& queue, const ChartMoment& moment) const = 0;
    // For what stands below the chart.
    virtual void showBelow(const QueueHealth*) {}
    [[nodiscard]] QVBoxLayout* column() const { return m_column; }

private:
    QWidget* buildHeader();
    QWidget* buildSave();
    void refresh();
    void showLegend(const std::vector<LegendWord>& legend);
    void recolor();
    void tellCaption();

    std::shared_ptr<const QueueHealth> m_queue;
    ChartWords m_words;
    QString m_name;
    ChartCaption m_caption;
    bool m_stale = false;
    TimeChart* m_chart;
    QToolButton* m_save = nullptr;
    SafeLabel* m_verdict;
    SafeLabel* m_note;
    QVBoxLayout* m_column;
    QHBoxLayout* m_legendRow;
    std::vector<SafeLabel*> m_legend;  // as many as were ever needed; the rest are hidden
};

}  // namespace spillway
