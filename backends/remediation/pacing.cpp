#include "backends/remediation/pacing.h"

#include <algorithm>
#include <cmath>

namespace spillway {
namespace {

constexpr double kLowestRate = 0.1;
using Elapsed = std::chrono::duration<double>;

double within(double rate) {
    return std::clamp(std::isfinite(rate) ? rate : kLowestRate, kLowestRate, kHighestReplayRate);
}

}  // namespace

Pacing::Pacing(PacingSettings settings, Time now)
    : m_settings(settings), m_rate(0), m_filled(now), m_grown(now) {
    m_settings.rate = within(settings.rate);
    m_rate = std::min(within(settings.first_rate), m_settings.rate);
}

// At most one second's worth is saved up, so that a late timer makes no burst.
void Pacing::refill(Time now) {
    if (m_paused || now <= m_filled) return;
    m_tokens += Elapsed(now - m_filled).count() * m_rate;
    m_tokens = std::min(m_tokens, std::max(1.0, m_rate));
    m_filled = now;
    if (now - m_grown >= m_settings.step && m_rate < m_settings.rate) {
        m_rate = std::min(m_rate * m_settings.growth, m_settings.rate);
        m_grown = now;
    }
}

int Pacing::allowance(Time now) {
    refill(now);
    return m_paused ? 0 : std::min(static_cast<int>(m_tokens), m_settings.most_in_batch);
}

void Pacing::sent(int jobs) {
    m_tokens -= jobs;
}

std::chrono::milliseconds Pacing::wait(Time now) {
    refill(now);
    const double missing = std::max(0.0, 1 - m_tokens);
    return std::chrono::milliseconds(
        static_cast<std::chrono::milliseconds::rep>(std::ceil(missing / m_rate * 1000)));
}

void Pacing::setRate(double rate, Time now) {
    refill(now);
    m_settings.rate = m_rate = within(rate);
}

void Pacing::pause(Time now) {
    refill(now);
    m_paused = true;
}

void Pacing::resume(Time now) {
    if (!m_paused) return;
    m_paused = false;
    m_filled = m_grown = now;
}

}  // namespace spillway
