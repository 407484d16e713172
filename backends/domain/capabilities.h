// What can be seen on one queue system, and for each gap the reason.
#pragma once

#include <QString>
#include <algorithm>
#include <vector>

namespace spillway {

struct Capability {
    QString signal;  // the name of the field in `status` JSON (ready, oldest_age_s, …), or replay, release
    bool observable = false;
    QString why;  // gap: the reason and what would close it; otherwise how it is read (may be empty)

    bool operator==(const Capability&) const = default;
};

// Ordered as they should be listed; at most one entry for a signal.
class Capabilities {
public:
    void set(QString signal, bool observable, QString why = {}) {
        const auto it = find(signal);
        if (it != m_list.end())
            *it = {std::move(signal), observable, std::move(why)};
        else
            m_list.push_back({std::move(signal), observable, std::move(why)});
    }
    [[nodiscard]] bool observable(const QString& signal) const {
        return std::any_of(m_list.begin(), m_list.end(),
                           [&](const Capability& c) { return c.signal == signal && c.observable; });
    }
    [[nodiscard]] QString why(const QString& signal) const {
        for (const auto& c : m_list)
            if (c.signal == signal) return c.why;
        return {};
    }
    [[nodiscard]] const std::vector<Capability>& list() const { return m_list; }
    bool operator==(const Capabilities&) const = default;

private:
    std::vector<Capability>::iterator find(const QString& signal) {
        return std::find_if(m_list.begin(), m_list.end(),
                            [&](const Capability& c) { return c.signal == signal; });
    }
    std::vector<Capability> m_list;
};

}  // namespace spillway
