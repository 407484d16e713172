// One line and one code for a monitoring system (Nagios, Icinga and their kin). Pure.
#pragma once

#include <QString>

#include "app/cli/poll_window.h"

namespace spillway {

enum class CheckState { ok = 0, warning = 1, critical = 2, unknown = 3 };

struct CheckAnswer {
    CheckState state = CheckState::unknown;
    QString line;  // "SPILLWAY CRITICAL - orders will never drain | 'orders_ready'=40000;;;0 …"
};

// Unknown: no reading, the newest poll failed, or fewer than the two polls a finding needs to open.
[[nodiscard]] CheckAnswer checkAnswer(const PolledWindow& polled, const QStringList& missingQueues);
[[nodiscard]] CheckAnswer unknownAnswer(const QString& sentence);
[[nodiscard]] QString checkStateName(CheckState state);  // "CRITICAL"

// 'label'=value[unit];;;min for the 25 longest queues: _ready, _oldest_age_s, _dead, _growth,
// _dead_oldest_age_s, _amplification, _duplicate_claims, _duplicate_upper95_ppm, _stuck. A value that is
// not observable is U. With several systems the label begins with the system.
[[nodiscard]] QString performanceData(const Reading& reading);

}  // namespace spillway
