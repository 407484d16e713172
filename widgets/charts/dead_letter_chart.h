// How old the dead letters are: oldest, 90 % and half of them over time, on a scale where the six fixed age
// buckets are equally high; after "now" a bar for each bucket says how many are that old. Right: their count.
#pragma once

#include "widgets/charts/time_chart.h"

namespace spillway {

class DeadLetterChart : public TimeChart {
    Q_OBJECT
public:
    explicit DeadLetterChart(TimeView& view, QWidget* parent = nullptr);
};

}  // namespace spillway
