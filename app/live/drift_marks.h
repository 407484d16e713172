// When a rule of the user's data stopped holding, and when it held again: marks for the history. Pure.
#pragma once

#include <map>
#include <set>

#include "backends/health/health_report.h"
#include "backends/history/history_values.h"

namespace spillway {

class DriftMarks {
public:
    // What has opened or closed since the reading before of the same connection. A rule that nobody
    // could check neither opens nor closes. What opened before the first reading is not marked again.
    [[nodiscard]] std::vector<HistoryMark> update(const Reading& reading);

private:
    struct Watched {
        ServerTime began;        // first reading
        std::set<QString> open;  // names of rules that do not hold
    };
    std::map<QString, Watched> m_watched;  // by connection
};

}  // namespace spillway
