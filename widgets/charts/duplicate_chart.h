// Claims on jobs that were already claimed, per million, with their 95 % band; for none its upper bound.
// Each incident that is known by name is a tick at the ground.
#pragma once

#include "widgets/charts/time_chart.h"

namespace spillway {

class DuplicateChart : public TimeChart {
    Q_OBJECT
public:
    explicit DuplicateChart(TimeView& view, QWidget* parent = nullptr);
};

}  // namespace spillway
