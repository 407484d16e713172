// The card of the dead-letter chart.
#pragma once

#include "widgets/charts/chart_card.h"
#include "widgets/charts/dead_letter_chart.h"

namespace spillway {

class DeadLetterCard : public ChartCard {
public:
    explicit DeadLetterCard(TimeView& view)
        : ChartCard(new DeadLetterChart(view), QStringLiteral("Dead-letter age")) {}

protected:
    [[nodiscard]] ChartWords words(const QueueHealth& queue, const ChartMoment& moment) const override {
        return deadLetterWords(queue, moment);
    }
};

}  // namespace spillway
