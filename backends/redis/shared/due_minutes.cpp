#include "backends/redis/shared/due_minutes.h"

#include <cmath>

namespace spillway {
using namespace Qt::StringLiterals;
using std::chrono::minutes;

QByteArray RedisDueMinutes::scoreOf(ServerTime time) const {
    return QByteArray::number(static_cast<double>(millisSinceEpoch(time)) * m_perMillisecond, 'f', 3);
}

void RedisDueMinutes::ask(RedisPipeline& pipeline, ServerTime now) {
    m_first = std::chrono::floor<minutes>(now);
    m_counts.assign(kMinutes + 1, Count::exact(0));
    for (int i = 0; i <= kMinutes; ++i) {
        const QByteArray from = i == 0 ? QByteArray("-inf") : scoreOf(m_first + minutes(i - 1));
        pipeline.count({"ZCOUNT", m_key, from, '(' + scoreOf(m_first + minutes(i))},
                       m_counts[static_cast<std::size_t>(i)], u"sorted set"_s);
    }
}

std::vector<RetryDue> RedisDueMinutes::dues(qint64 size, double share) const {
    std::vector<RetryDue> due;
    qint64 seen = 0;
    const auto add = [&](int minute, qint64 jobs) {
        const qint64 part = std::llround(static_cast<double>(jobs) * share);
        if (part > 0) due.push_back({m_first + std::chrono::minutes(minute), part});
    };
    for (std::size_t i = 0; i < m_counts.size(); ++i) {
        seen += m_counts[i].valueOr(0);
        add(static_cast<int>(i) - 1, m_counts[i].valueOr(0));
    }
    add(kMinutes, size - seen);
    return due;
}

}  // namespace spillway
