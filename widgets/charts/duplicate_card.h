// The card of the duplicate chart, with the newest incidents below it.
#pragma once

#include "widgets/charts/chart_card.h"

namespace spillway {

class IncidentList;

class DuplicateCard : public ChartCard {
    Q_OBJECT
public:
    explicit DuplicateCard(TimeView& view);

protected:
    [[nodiscard]] ChartWords words(const QueueHealth& queue, const ChartMoment& moment) const override;
    void showBelow(const QueueHealth* queue) override;

private:
    IncidentList* m_incidents;
};

}  // namespace spillway
