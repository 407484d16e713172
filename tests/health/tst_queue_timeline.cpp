// What is packed comes out as it went in, and stays small.
#include <QRandomGenerator>
#include <QTest>
#include <limits>

#include "backends/health/queue_timeline.h"
#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

Count someCount(QRandomGenerator& random, int poll) {
    static constexpr qint64 odd[] = {
        0, 1, -1, std::numeric_limits<qint64>::max(), std::numeric_limits<qint64>::min(), 50'000'000'000};
    switch (random.bounded(8)) {
        case 0:
            return Count::notObservable(u"not recorded"_s);
        case 1:
            return Count::estimated(odd[random.bounded(6)], u"from a sample"_s);
        case 2:
            return Count::lowerBound(poll, u"capped at %1"_s.arg(random.bounded(3)));
        default:
            return Count::exact(odd[random.bounded(6)]);
    }
}

QueueReading someReading(QRandomGenerator& random, int poll) {
    QueueReading r;
    for (Count* count :
         {&r.ready, &r.scheduled, &r.blocked, &r.retrying, &r.running, &r.dead, &r.flow.enqueued,
          &r.flow.executed, &r.flow.first_executed, &r.flow.retried, &r.flow.completed, &r.flow.died,
          &r.flow.failed_for_good, &r.claims.claims, &r.claims.duplicates})
        *count = someCount(random, poll);
    r.max_attempts_mean = Ratio::exact(poll);
    return r;
}

bool same(const SampledReading& sample, const QueueReading& whole) {
    return sample.ready == whole.ready && sample.scheduled == whole.scheduled &&
           sample.blocked == whole.blocked && sample.retrying == whole.retrying &&
           sample.running == whole.running && sample.dead == whole.dead && sample.flow == whole.flow &&
           sample.claims.claims == whole.claims.claims && sample.claims.duplicates == whole.claims.duplicates;
}

// A queue of a busy system at poll `poll`: every number moves.
QueueReading busyReading(int poll) {
    QueueStory story{.backlog = 40'000, .arrivals = 250, .drain = 240, .every_s = 2};
    story.change = [](QueueReading& r, int n) {
        r.running = Count::exact(20 + n % 7);
        r.retrying = Count::estimated(300 + n % 90, u"counted in a sample"_s);
        r.scheduled = Count::exact(1'000 - n % 11);
        r.dead = Count::exact(2'000'000 + n);
        r.flow.executed = Count::exact(600 * n);
        r.flow.first_executed = Count::exact(500 * n);
        r.flow.retried = Count::exact(100 * n);
        r.flow.died = r.flow.failed_for_good = Count::exact(n);
        r.claims.claims = Count::exact(600 * n);
        r.claims.duplicates = Count::exact(n / 100);
    };
    return story.reading(poll);
}

}  // namespace

class QueueTimelineTest : public QObject {
    Q_OBJECT
private slots:
    void whatGoesInComesOut() {
        QRandomGenerator random(7);
        QueueTimeline line(100);
        std::vector<QueueReading> given;
        QueueWindow window;  // one for all, as the monitor uses it
        for (int poll = 0; poll < 400; ++poll) {
            given.push_back(someReading(random, poll));
            line.add(at(poll * 2), given.back());
            line.unpack(1'000, window);
            const auto& samples = window.samples();
            QCOMPARE(samples.size(), std::min<std::size_t>(given.size(), 52));  // 51 within, one before
            for (std::size_t i = 0; i < samples.size(); ++i) {
                const auto from = given.size() - samples.size() + i;
                QVERIFY2(same(samples[i]->reading, given[from]), qPrintable(QString::number(poll)));
                QCOMPARE(samples[i]->at, at(static_cast<double>(from) * 2));
            }
            QCOMPARE(line.newest(), given.back());
            QCOMPARE(samples.back()->reading.max_attempts_mean, Ratio::exact(poll));
        }
        QCOMPARE(line.window(10).samples().size(), std::size_t{6});
    }

    void aBusyQueueTakesLittleAndStaysFlat() {
        QueueTimeline line(300);
        std::size_t afterTenMinutes = 0;
        for (int poll = 0; poll < 43'200 / 6; ++poll) {  // four hours
            line.add(at(poll * 2), busyReading(poll));
            if (poll == 300) afterTenMinutes = line.bytes();
        }
        QCOMPARE(line.size(), std::size_t{152});
        QVERIFY2(line.bytes() < 15'000, qPrintable(QString::number(line.bytes())));
        QVERIFY2(line.bytes() <= afterTenMinutes + 2'000, qPrintable(QString::number(afterTenMinutes)));
    }

    // Longer ago than the samples reach, too.
    void whenDeadJobsWereTouchedIsRemembered() {
        QueueTimeline line(60);
        const auto add = [&](double t, qint64 dead) {
            QueueReading r;
            r.dead = dead < 0 ? Count::notObservable(u"no right"_s) : Count::exact(dead);
            line.add(at(t), r);
        };
        for (int t = 0; t < 600; t += 5) add(t, t < 100 ? 50 : 40);
        QCOMPARE(*line.deadTouchedAt(), at(100));
        QCOMPARE(line.watchedSince(), at(0));
        add(600, -1);
        add(605, 40);
        QVERIFY(!line.deadTouchedAt());
        QCOMPARE(line.watchedSince(), at(605));
        add(610, 39);
        QCOMPARE(*line.deadTouchedAt(), at(610));
        add(20, 39);  // the clock jumped
        QVERIFY(!line.deadTouchedAt());
        QCOMPARE(line.size(), std::size_t{1});
    }
};

QTEST_GUILESS_MAIN(QueueTimelineTest)
#include "tst_queue_timeline.moc"
