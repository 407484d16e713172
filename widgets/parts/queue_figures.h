// The figures of one queue as a list: name, figure with its provenance sign, and the method in the tool
// tip. Under them what it would take to clear the backlog.
#pragma once

#include "backends/health/health_report.h"
#include "widgets/parts/card.h"
#include "widgets/parts/safe_label.h"

class QGridLayout;

namespace spillway {

// "The backlog stays as it is at 5.0× today's drain. At 19× it is gone in 1 h."; empty when neither is known.
// Pure.
[[nodiscard]] QString holdSentence(const DrainForecast& forecast);

class QueueFigures : public Card {
    Q_OBJECT
public:
    explicit QueueFigures(QWidget* parent = nullptr);

    void setQueue(const QueueHealth& queue, const WorkersReading& workers);
    void setStale(bool stale);

protected:
    void changeEvent(QEvent* event) override;

private:
    struct Line {
        SafeLabel* name;
        SafeLabel* figure;
        std::optional<Severity> loud;
    };
    void addLine(const QString& name);
    void set(size_t line, const QString& figure, const QString& hint,
             std::optional<Severity> loud = std::nullopt);
    void recolor();

    QGridLayout* m_grid;
    std::vector<Line> m_lines;
    SafeLabel* m_hold;
    bool m_stale = false;
};

}  // namespace spillway
