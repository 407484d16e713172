// The newest jobs that two workers held at once, one line each: when, which job, both owners, for how long.
// Exact times are in the tool tips. Hidden while there is none.
#pragma once

#include <QWidget>
#include <vector>

#include "backends/domain/claims.h"

namespace spillway {

class SafeLabel;

// "02:41:07  job 4711 · worker-3 and worker-9 · both for 3.2 s". Pure.
[[nodiscard]] QString incidentText(const DuplicateClaim& incident);
// Both times to the microsecond in UTC, and how it is known. Pure.
[[nodiscard]] QString incidentHint(const DuplicateClaim& incident);

class IncidentList : public QWidget {
    Q_OBJECT
public:
    explicit IncidentList(QWidget* parent = nullptr);

    void setIncidents(const std::vector<DuplicateClaim>& incidents);  // newest first

private:
    std::vector<DuplicateClaim> m_incidents;
    std::vector<SafeLabel*> m_lines;
};

}  // namespace spillway
