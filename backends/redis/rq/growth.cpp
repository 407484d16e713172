#include "backends/redis/rq/growth.h"

#include <algorithm>

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

void RqGrowth::ask(RedisPipeline& pipeline, qint64 cutoff, Part& part) const {
    const QByteArray at = QByteArray::number(cutoff);
    pipeline.count({"ZCOUNT", m_key, '(' + at, "+inf"}, part.lasting, u"sorted set"_s);
    pipeline.count({"ZCOUNT", m_key, "0", at}, part.passing, u"sorted set"_s);
}

void RqGrowth::startPoll(RedisPipeline& pipeline, ServerTime now) {
    m_nextCutoff = cutoffFor(now);
    m_missed = m_cutoff != 0 && m_cutoff <= millisSinceEpoch(now) / 1000;
    pipeline.count({"ZCOUNT", m_key, "-inf", "(0"}, m_forever, u"sorted set"_s);
    ask(pipeline, m_nextCutoff, m_partNext);
    if (m_cutoff != 0 && m_cutoff != m_nextCutoff && !m_missed) ask(pipeline, m_cutoff, m_part);
}

Count RqGrowth::finishPoll() {
    const bool first = m_cutoff == 0;
    Part now = m_cutoff == m_nextCutoff ? m_partNext : m_part;
    now.lasting = sum(m_forever, now.lasting);
    const Part before = std::exchange(m_before, {sum(m_forever, m_partNext.lasting), m_partNext.passing});
    m_cutoff = m_nextCutoff;
    if (!m_before.lasting.known()) {
        m_cutoff = 0;
        return m_before.lasting;
    }
    if (first) return Count::estimated(m_total, u"jobs added to %1"_s.arg(m_what));
    if (m_missed || !now.lasting.known() || !before.lasting.known())
        return Count::notObservable(u"%1 is read too rarely to tell what was added"_s.arg(m_what));
    return countStep(before, now);
}

Count RqGrowth::countStep(const Part& before, const Part& now) {
    const qint64 lasting = *now.lasting.value - *before.lasting.value;
    const qint64 passing = now.passing.valueOr(0) - before.passing.valueOr(0);
    m_total += std::max<qint64>(0, lasting) + std::max<qint64>(0, passing);
    if (lasting < 0)
        return Count::lowerBound(m_total, u"jobs were taken out of %1 by hand meanwhile"_s.arg(m_what));
    if (passing < 0)
        return Count::lowerBound(
            m_total, u"jobs that %1 keeps for less than 4 minutes were cleaned away meanwhile"_s.arg(m_what));
    return Count::estimated(m_total, u"jobs added to %1"_s.arg(m_what));
}

}  // namespace spillway
