// Executions per job over time against the budgets of 10 % and 20 % retries; after "now" the retries that
// are due in each minute of the next hour, against what the workers clear.
#pragma once

#include "widgets/charts/time_chart.h"

namespace spillway {

class RetryChart : public TimeChart {
    Q_OBJECT
public:
    explicit RetryChart(TimeView& view, QWidget* parent = nullptr);
};

}  // namespace spillway
