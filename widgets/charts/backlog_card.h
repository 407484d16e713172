// The card of the backlog chart.
#pragma once

#include "widgets/charts/backlog_chart.h"
#include "widgets/charts/chart_card.h"

namespace spillway {

class BacklogCard : public ChartCard {
public:
    explicit BacklogCard(TimeView& view)
        : ChartCard(new BacklogChart(view), QStringLiteral("Backlog against drain")) {}

protected:
    [[nodiscard]] ChartWords words(const QueueHealth& queue, const ChartMoment& moment) const override {
        return backlogWords(queue, moment);
    }
};

}  // namespace spillway
