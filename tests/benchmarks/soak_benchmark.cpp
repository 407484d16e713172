// What the console keeps in memory for each queue, and what a poll costs it, as time goes by: polls told to
// the health monitor and the history as fast as they can be taken. Every queue is busy, each number moves
// with every poll, which is the worst there is. Prints figures, asserts nothing.
//   soak_benchmark [QUEUES HOURS]...     without: 40 queues for a day, 500 for two hours
#include <QCoreApplication>
#include <QFile>
#include <QTemporaryDir>
#include <QTextStream>

#include <malloc.h>
#include <ctime>

#include "backends/health/health_monitor.h"
#include "backends/history/history_store.h"
#include "backends/history/reading_metrics.h"
#include "tests/history/history_story.h"
#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

constexpr double kInterval_s = 2;
constexpr int kFlushEvery = 8;  // polls: about the 15 s of the recorder
QTextStream out(stdout);

double residentMegabytes() {
    QFile status(u"/proc/self/status"_s);
    if (!status.open(QIODevice::ReadOnly)) return -1;
    for (const QByteArray& line : status.readAll().split('\n'))
        if (line.startsWith("VmRSS:")) return line.simplified().split(' ').value(1).toDouble() / 1024;
    return -1;
}

QueueReading busyQueue(int queue, int poll) {
    QueueStory story{.queue = u"queue-%1"_s.arg(queue),
                     .backlog = 40'000,
                     .arrivals = 100.0 + queue,
                     .drain = 99.0 + queue,
                     .every_s = kInterval_s};
    QueueReading r = story.reading(poll);
    r.running = Count::exact(20 + (poll + queue) % 7);
    r.retrying = Count::exact(300 + poll % 90);
    r.scheduled = Count::exact(1'000 - poll % 11);
    r.dead = Count::estimated(2'000'000 + poll, u"from the planner's statistics"_s);
    r.oldest_ready_at = Measured<ServerTime>::exact(at(poll * kInterval_s - 40 - poll % 17));
    r.oldest_dead_at = Measured<ServerTime>::exact(at(-92 * 86'400.0));
    r.flow.executed = Count::exact(240LL * poll);
    r.flow.first_executed = Count::exact(200LL * poll);
    r.flow.died = r.flow.failed_for_good = Count::exact(poll);
    return r;
}

ServerReading reading(int queues, int poll) {
    ServerReading r;
    r.observed_at = at(poll * kInterval_s);
    SystemReading system;
    system.identity = {u"pgboss"_s, u"pg-boss"_s, u"46"_s, u"pgboss"_s};
    for (int queue = 0; queue < queues; ++queue) system.queues.push_back(busyQueue(queue, poll));
    r.systems.push_back(std::move(system));
    return r;
}

void soak(int queues, double hours) {
    const QTemporaryDir directory;
    StillClock clock;
    auto store = HistoryStore::open({.path = directory.filePath(u"history.sqlite"_s)}, clock);
    if (!store) return;
    const double before = residentMegabytes();
    HealthMonitor monitor(u"prod"_s, Environment::production);
    const int polls = static_cast<int>(hours * 3600 / kInterval_s);
    std::clock_t judging = 0;
    double afterTen = 0;
    ReadingPtr shown;  // what the window holds
    for (int poll = 0; poll <= polls; ++poll) {
        const ServerReading read = reading(queues, poll);
        clock.wall = read.observed_at;
        clock.steady += std::chrono::milliseconds{2000};
        const std::clock_t begun = std::clock();
        shown = monitor.add(read);
        judging += std::clock() - begun;
        (*store)->record(historyBatch(*shown));
        if (poll % kFlushEvery == 0) (void)(*store)->flush();
        if (poll % 1800 == 0) (void)(*store)->maintain();
        if (poll == 300) afterTen = residentMegabytes() - before;
    }
    ::malloc_trim(0);
    const double after = residentMegabytes() - before;
    out << u"%1 queues, %2 h (%3 polls): %4 MB after ten minutes, %5 MB at the end, %6 kB a queue; "
           "judging one poll %7 ms of CPU\n"_s.arg(queues)
               .arg(hours)
               .arg(polls)
               .arg(afterTen, 0, 'f', 1)
               .arg(after, 0, 'f', 1)
               .arg(after * 1024 / queues, 0, 'f', 1)
               .arg(1e3 * static_cast<double>(judging) / CLOCKS_PER_SEC / polls, 0, 'f', 2)
        << Qt::flush;
}

}  // namespace

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    const QStringList words = QCoreApplication::arguments().mid(1);
    if (words.isEmpty()) {
        soak(40, 24);
        soak(500, 2);
    }
    for (qsizetype i = 0; i + 1 < words.size(); i += 2) soak(words[i].toInt(), words[i + 1].toDouble());
    return 0;
}
