#include "widgets/charts/duplicate_card.h"

#include <QVBoxLayout>

#include "widgets/charts/duplicate_chart.h"
#include "widgets/charts/incident_list.h"

namespace spillway {

DuplicateCard::DuplicateCard(TimeView& view)
    : ChartCard(new DuplicateChart(view), QStringLiteral("Duplicate claims")), m_incidents(new IncidentList) {
    column()->addWidget(m_incidents);
}

ChartWords DuplicateCard::words(const QueueHealth& queue, const ChartMoment& moment) const {
    return duplicateWords(queue, moment);
}

void DuplicateCard::showBelow(const QueueHealth* queue) {
    m_incidents->setIncidents(queue ? queue->incidents : std::vector<DuplicateClaim>());
}

}  // namespace spillway
