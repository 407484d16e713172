// Arrivals against drain (jobs/s, left) and waiting jobs (right). The gap between the two rates is filled:
// red where the backlog grows, green where it shrinks. After "now" a dashed cone shows where waiting goes at
// today's band of rates.
#pragma once

#include "widgets/charts/time_chart.h"

namespace spillway {

class BacklogChart : public TimeChart {
    Q_OBJECT
public:
    explicit BacklogChart(TimeView& view, QWidget* parent = nullptr);
};

}  // namespace spillway
