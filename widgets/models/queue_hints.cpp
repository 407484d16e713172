// The tooltip of each cell.
#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "widgets/models/queue_cells.h"
#include "widgets/models/signal_cells.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

template <typename T>
QString measuredHint(const Measured<T>& m, const QString& figure) {
    const QString how = provenanceText(m.provenance, m.method);
    return m.known() ? u"%1\n%2"_s.arg(figure, how) : how;
}

QString countHint(const Count& n, const QString& what) {
    return measuredHint(n, u"%1 %2"_s.arg(n.known() ? exactCountText(*n.value) : QString(), what));
}

QString momentHint(const Measured<ServerTime>& at) {
    if (!at.known()) return {};
    const QDateTime utc = toUtc(*at.value);
    return u"\n%1 (%2 UTC)"_s.arg(displayTime(utc).toString(u"yyyy-MM-dd HH:mm:ss t"_s),
                                  utc.toString(u"yyyy-MM-dd HH:mm:ss"_s));
}

QString ageHint(const Seconds& age, const Measured<ServerTime>& at) {
    return measuredHint(age, age.known() ? durationText(*age.value) + momentHint(at) : QString());
}

QString rateHint(const Rate& rate, const BacklogFlow& flow) {
    const QString figure =
        rate.known() ? u"%1 over the last %2"_s.arg(rateText(*rate.value), durationText(flow.window_s))
                     : QString();
    return measuredHint(rate, figure);
}

// The cell may hold a short label of the connection; here is its whole name too.
QString fullWhereText(const QueueRow& row) {
    const QString connection = visibleText(row.ref.connection, 2000);
    return row.where.startsWith(connection) ? row.where : u"%1\n%2"_s.arg(row.where, connection);
}

}  // namespace

QString hintOf(const QueueRow& row, QueueColumn column) {
    const QueueHealth& queue = *row.health;
    switch (column) {
        case QueueColumn::state:
            return queue.severity ? u"The worst open finding here is %1."_s.arg(severityName(*queue.severity))
                                  : u"Quiet: no open finding."_s;
        case QueueColumn::queue:
            return u"%1\n%2"_s.arg(visibleText(row.ref.queue, 2000), row.where) +
                   (queue.reading.paused.value_or(false) ? u"\npaused"_s : QString());
        case QueueColumn::where:
            return row.stale ? u"%1\nThe connection does not answer; these figures are %2 old."_s.arg(
                                   fullWhereText(row), durationText(row.stale_age_s))
                             : fullWhereText(row);
        case QueueColumn::trend:
            return columnHint(column);
        case QueueColumn::waiting:
            return countHint(queue.reading.ready, u"waiting"_s);
        case QueueColumn::oldest:
            return ageHint(queue.oldest_age_s, queue.reading.oldest_ready_at);
        case QueueColumn::arrivals:
            return rateHint(queue.flow.arrival, queue.flow);
        case QueueColumn::drain:
            return rateHint(queue.flow.drain, queue.flow);
        case QueueColumn::drains:
            return queue.reading.paused.value_or(false)
                       ? u"paused: the queue's own flag is set, so nothing is taken from it"_s
                       : drainVerdictText(queue.forecast, queue.flow);
        case QueueColumn::dead:
            return countHint(queue.reading.dead, u"dead"_s);
        case QueueColumn::dead_age:
            return ageHint(queue.dead_oldest_age_s, queue.reading.oldest_dead_at);
        case QueueColumn::lost:
            return lossHint(queue);
        case QueueColumn::amplification:
            return amplificationHint(queue);
        case QueueColumn::stuck:
            return stuckHint(queue);
        case QueueColumn::twice:
            return twiceHint(queue);
        case QueueColumn::running:
            return countHint(queue.reading.running, u"running"_s);
        case QueueColumn::retrying:
            return countHint(queue.reading.retrying, u"retrying"_s);
        case QueueColumn::blocked:
            return blockedHint(queue);
    }
    return {};
}

}  // namespace spillway
