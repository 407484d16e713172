#include "backends/redis/rq/growth.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr qint64 kGrid_s = 120;  // the cutoff lies one to two of these ahead; results live 500 s by default

qint64 cutoffFor(ServerTime now) {
    return (millisSinceEpoch(now) / 1000 / kGrid_s + 2) * kGrid_s;
}

Count sum(const Count& a, const Count& b) {
    if (!a.known() || !b.known()) return a.known() ? b : a;
    return Count::exact(*a.value + *b.value);
}

}  // namespace

void RqGrowth::ask(RedisPipeline& pipeline, qint64 cutoff, Count& lasting) const {
    pipeline.count({"ZCOUNT", m_key, '(' + QByteArray::number(cutoff), "+inf"}, lasting, u"sorted set"_s);
}

void RqGrowth::startPoll(RedisPipeline& pipeline, ServerTime now) {
    m_nextCutoff = cutoffFor(now);
    m_missed = m_cutoff != 0 && m_cutoff <= millisSinceEpoch(now) / 1000;
    pipeline.count({"ZCOUNT", m_key, "-inf", "(0"}, m_forever, u"sorted set"_s);
    ask(pipeline, m_nextCutoff, m_lastingNext);
    if (m_cutoff != 0 && m_cutoff != m_nextCutoff && !m_missed) ask(pipeline, m_cutoff, m_lasting);
}

Count RqGrowth::finishPoll() {
    const bool first = m_cutoff == 0;
    const Count now = sum(m_forever, m_cutoff == m_nextCutoff ? m_lastingNext : m_lasting);
    const Count before = std::exchange(m_before, sum(m_forever, m_lastingNext));
    m_cutoff = m_nextCutoff;
    if (!m_before.known()) {
        m_cutoff = 0;
        return m_before;
    }
    const QString method = u"jobs added to %1; those kept for less than 4 minutes are not seen"_s.arg(m_what);
    if (first) return Count::estimated(m_total, method);
    if (m_missed || !now.known() || !before.known())
        return Count::notObservable(u"%1 is read too rarely to tell what was added"_s.arg(m_what));
    const qint64 added = *now.value - *before.value;
    if (added < 0)
        return Count::lowerBound(m_total, u"jobs were taken out of %1 by hand meanwhile"_s.arg(m_what));
    m_total += added;
    return Count::estimated(m_total, method);
}

}  // namespace spillway
