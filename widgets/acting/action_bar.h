// How far an action has come: put back, skipped and failed as parts of one bar. Says the same by its
// accessible name.
#pragma once

#include <QWidget>

#include "backends/remediation/batch_outcome.h"

namespace spillway {

class ActionBar : public QWidget {
    Q_OBJECT
public:
    explicit ActionBar(QWidget* parent = nullptr);

    void setCounts(const OutcomeCounts& counts);
    [[nodiscard]] QSize sizeHint() const override { return {200, 10}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    OutcomeCounts m_counts;
};

}  // namespace spillway
