// The card of the retry chart.
#pragma once

#include "widgets/charts/chart_card.h"
#include "widgets/charts/retry_chart.h"

namespace spillway {

class RetryCard : public ChartCard {
public:
    explicit RetryCard(TimeView& view)
        : ChartCard(new RetryChart(view), QStringLiteral("Retry amplification")) {}

protected:
    [[nodiscard]] ChartWords words(const QueueHealth& queue, const ChartMoment& moment) const override {
        return retryWords(queue, moment);
    }
};

}  // namespace spillway
