// A producer and its workers on one queue system, played step by step. Belongs to one thread; every
// function may throw std::exception when the server is gone.
#pragma once

#include <chrono>
#include <vector>

#include "app/demo/demo_endpoints.h"

namespace spillway {

// How many whole jobs are due, when `perSecond` flow steadily.
class Pace {
public:
    explicit Pace(double perSecond) : m_perSecond(perSecond) {}
    [[nodiscard]] int due(double seconds) {
        m_carried += m_perSecond * seconds;
        const int whole = static_cast<int>(m_carried);
        m_carried -= whole;
        return whole;
    }

private:
    double m_perSecond;
    double m_carried = 0;
};

// What comes once every so often; the first time when `passed_s` have gone by already.
class Every {
public:
    explicit Every(double period_s, double passed_s = 0) : m_period(period_s), m_passed(passed_s) {}
    [[nodiscard]] double period_s() const { return m_period; }
    [[nodiscard]] bool due(double seconds) {
        m_passed += seconds;
        if (m_passed < m_period) return false;
        m_passed -= m_period;
        return true;
    }

private:
    double m_period;
    double m_passed;
};

class Workload {
public:
    virtual ~Workload() = default;
    virtual void prepare() = 0;             // the tables or keys, and what was there before
    virtual void step(double seconds) = 0;  // `seconds` since the last step; short
    [[nodiscard]] virtual std::chrono::milliseconds pause() { return std::chrono::milliseconds{200}; }
    [[nodiscard]] virtual std::vector<DemoQueue> queues() const = 0;
};

// The text of a file below resources/scenarios with its {names} filled in; `values` are numbers and
// names of ours, not input.
[[nodiscard]] QString scenario(const QString& file,
                               const std::vector<std::pair<QString, QString>>& values = {});

}  // namespace spillway
