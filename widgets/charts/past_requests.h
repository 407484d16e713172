// Which stretches of the past a page has asked for already. Pure. Times are seconds since 1970.
#pragma once

#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "widgets/models/queue_ref.h"

namespace spillway {

class PastRequests {
public:
    // What to ask for so that [from, to] of this queue can be drawn; nullopt: it was asked for, at this
    // grain or a finer one. `live`: from when on all readings were taken in anyway (0: none were), and
    // `now` the newest of them: of those, an hour is kept as fine as they came, and a day by the minute.
    [[nodiscard]] std::optional<std::pair<double, double>> wanted(const QueueRef& queue, double from,
                                                                  double to, double live, double now);

private:
    struct Asked {
        double from, to;
        int grain;  // 0 up to an hour, 1 up to a day, 2 more
    };
    std::unordered_map<QueueRef, std::vector<Asked>, QueueRefHash> m_asked;
};

}  // namespace spillway
