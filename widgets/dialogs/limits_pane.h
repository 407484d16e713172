// The limits that some queues have of their own, and what they would have said of the last day.
#pragma once

#include <QWidget>

#include "backends/domain/outcome.h"
#include "backends/domain/queue_objective.h"

class QPushButton;

namespace spillway {

class EditTable;
class SafeLabel;

class LimitsPane : public QWidget {
    Q_OBJECT
public:
    explicit LimitsPane(QWidget* parent = nullptr);

    void setObjectives(const std::vector<QueueObjective>& objectives);
    // Failure: usage, with the row that makes no sense.
    [[nodiscard]] Outcome<std::vector<QueueObjective>> objectives() const;
    void showPreview(const QString& text);  // the answer to previewWanted()
    [[nodiscard]] SafeLabel* preview() const { return m_preview; }
    [[nodiscard]] QPushButton* ask() const { return m_ask; }

signals:
    void changed();
    void previewWanted(const std::vector<spillway::QueueObjective>& objectives);

private:
    EditTable* m_objectives;
    QPushButton* m_ask;
    SafeLabel* m_preview;
};

}  // namespace spillway
