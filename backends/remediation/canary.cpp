#include "backends/remediation/canary.h"

#include <algorithm>

namespace spillway {
using namespace Qt::StringLiterals;

Canary::Canary(CanarySettings settings)
    : m_settings(settings), m_state(settings.jobs > 0 ? State::sending : State::passed) {
    m_last = m_settings.jobs <= 1;
}

int Canary::toSend() const {
    return m_state == State::sending ? m_goal - m_sent : 0;
}

void Canary::sent(const QHash<QString, QString>& signatureById, Time now) {
    if (m_state != State::sending) return;
    m_awaited.insert(signatureById);
    m_sent += static_cast<int>(signatureById.size());
    m_since = now;
    if (m_sent >= m_goal) m_state = State::waiting;
}

void Canary::noMoreJobs() {
    if (m_state != State::sending) return;
    m_last = true;
    m_state = State::waiting;
    if (m_awaited.isEmpty()) judge();
}

void Canary::see(const std::vector<JobEnding>& endings) {
    for (const auto& ending : endings) {
        const auto it = m_awaited.constFind(ending.id);
        if (it == m_awaited.constEnd()) continue;
        const bool good = ending.end == JobEnd::completed ||
                          (ending.end == JobEnd::vanished && m_settings.vanished_is_success);
        const bool bad =
            ending.end == JobEnd::died || (ending.end == JobEnd::vanished && !m_settings.vanished_is_success);
        const bool retrying = ending.end == JobEnd::retrying;
        const bool sameError = !ending.signature.isEmpty() && it.value() == ending.signature;
        if (sameError && (retrying || ending.end == JobEnd::died))
            m_reason = u"The same error came back: %1."_s.arg(ending.signature);
        else if (!good && !bad)
            continue;
        m_awaited.erase(it);
        ++(good ? m_succeeded : m_failed);
    }
    if (!m_reason.isEmpty() && m_state != State::passed) m_state = State::failed;
    if (m_state == State::waiting && m_awaited.isEmpty()) judge();
}

void Canary::tick(Time now) {
    if (m_state != State::waiting || now - m_since < m_settings.patience) return;
    const auto silent = static_cast<int>(m_awaited.size());
    m_failed += silent;
    m_awaited.clear();
    m_reason = u"%1 of %2 canary jobs did not end within %3 s."_s.arg(silent).arg(m_sent).arg(
        m_settings.patience.count());
    m_state = State::failed;
}

QSet<QString> Canary::awaited() const {
    return {m_awaited.keyBegin(), m_awaited.keyEnd()};
}

void Canary::judge() {
    const int ended = m_succeeded + m_failed;
    if (ended > 0 && m_succeeded < m_settings.least_success * ended) {
        m_state = State::failed;
        m_reason = u"Only %1 of %2 canary jobs succeeded."_s.arg(m_succeeded).arg(ended);
    } else if (m_last) {
        m_state = State::passed;
    } else {
        m_last = true;
        m_goal = m_sent + m_settings.jobs;
        m_state = State::sending;
    }
}

}  // namespace spillway
