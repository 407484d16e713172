// What the history costs: bytes per sample, writing, reading, beside the naive table (one row a sample)
// filled in the same run. Prints; judges only the promise of 6 bytes a raw sample.
#include <QElapsedTimer>
#include <QFile>
#include <QTest>
#include <cmath>
#include <ctime>

#include "backends/history/chunk_codec.h"
#include "backends/storage/sql_database.h"
#include "tests/history/history_story.h"

using namespace spillway;
using namespace spillway::history;
using namespace spillway::test;
using namespace Qt::StringLiterals;
using storage::SqlDatabase;

namespace {
constexpr qint64 kHour = 3'600'000;
constexpr qint64 kDay = 24 * kHour;
const QStringList kMetrics{u"ready"_s,         u"scheduled"_s,    u"retrying"_s,
                           u"running"_s,       u"dead"_s,         u"overdue"_s,
                           u"lost_next_24h"_s, u"oldest_age_s"_s, u"dead_oldest_age_s"_s,
                           u"arrival_rate"_s,  u"drain_rate"_s,   u"growth"_s};

HistoryQueueKey queueKey(int queue) {
    return {u"prod"_s, u"pgboss"_s, u"queue-%1"_s.arg(queue)};
}

// A queue as the poller sees one: counts that walk and grow, rates over five minutes, ages by the
// microsecond, constants.
class LivingQueue {
public:
    explicit LivingQueue(unsigned seed) : m_random(seed) {}
    std::vector<double> poll(double seconds) {
        const int in = std::poisson_distribution<int>(50 * seconds)(m_random);
        const int out = std::poisson_distribution<int>(49.5 * seconds)(m_random);
        m_ready = std::max(0.0, m_ready + in - out);
        m_arrival += (in / seconds - m_arrival) * seconds / 300;
        m_drain += (out / seconds - m_drain) * seconds / 300;
        m_oldest = m_random() % 20 == 0 ? m_oldest / 2 : m_oldest + seconds + jitter();
        m_dead += m_random() % 40 == 0 ? 1 : 0;
        m_deadAge += seconds + jitter();
        return {m_ready,
                120,
                std::floor(30 + 5 * std::sin(m_deadAge / 900)),
                double(15 + m_random() % 10),
                m_dead,
                0,
                0,
                m_oldest,
                m_deadAge,
                m_arrival,
                m_drain,
                m_arrival - m_drain};
    }

private:
    double jitter() { return static_cast<double>(m_random() % 2000) * 1e-6; }
    std::mt19937 m_random;
    double m_ready = 20'000, m_arrival = 50, m_drain = 49.5, m_oldest = 3, m_dead = 900, m_deadAge = 7.9e6;
};

// The naive table beside it.
class NaiveTable {
public:
    explicit NaiveTable(const QString& path) {
        m_database = std::move(SqlDatabase::open(path, SqlDatabase::Access::write)).value();
        m_database->execute(u"PRAGMA journal_mode = WAL"_s);
        m_database->execute(u"PRAGMA synchronous = NORMAL"_s);
        m_database->execute(u"CREATE TABLE sample (series INTEGER, at_ms INTEGER, value REAL)"_s);
        m_database->execute(u"CREATE INDEX by_series ON sample (series, at_ms)"_s);
    }
    SqlDatabase& database() { return *m_database; }

private:
    std::unique_ptr<SqlDatabase> m_database;
};

qint64 filesize(const QString& path) {
    return QFile(path).size();
}

template <typename Work>
double bestMs(Work work) {
    double best = 1e9;
    for (int i = 0; i < 7; ++i) {
        QElapsedTimer timer;
        timer.start();
        work();
        best = std::min(best, static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    return best;
}

// min, max, sum and count per bucket, by SQL.
int naiveQuery(SqlDatabase& database, int series, qint64 from, qint64 to, qint64 width) {
    QSqlQuery query = database.prepared(
        u"SELECT at_ms / ?, min(value), max(value), sum(value), count(*) FROM sample WHERE series = ? AND "
        "at_ms >= ? AND at_ms < ? GROUP BY 1"_s);
    if (!database.run(query, {width, series, from, to})) return 0;
    int rows = 0;
    while (query.next()) rows += query.value(4).toInt() > 0 ? 1 : 0;
    return rows;
}
}  // namespace

class HistoryBenchmark : public QObject {
    Q_OBJECT
private slots:
    void aDayAtTwoSeconds() {
        TemporaryHistory history;
        QTemporaryDir folder;
        auto& store = history.open();
        NaiveTable naive(folder.filePath(u"naive.sqlite"_s));
        double ours = 0, theirs = 0;
        qint64 samples = 0;
        fill(store, naive, 2, kDay, 2000, 15'000, ours, theirs, samples);
        QElapsedTimer timer;
        timer.start();
        QVERIFY(store.flush().ok());
        qInfo("24 h, 2 queues x %lld metrics, one poll in 2 s +-10 %%: %lld samples",
              static_cast<long long>(kMetrics.size()), static_cast<long long>(samples));
        qInfo(
            "  write, processor time with a flush in 15 s: history %.2f us a sample, naive %.2f; last flush "
            "%.1f ms",
            ours * 1e3 / double(samples), theirs * 1e3 / double(samples), double(timer.nsecsElapsed()) / 1e6);
        report(history, naive, samples, kDay, 2000);
        // Zoomed out, the page of all metrics at once, and the whole day poll by poll.
        auto all = query(kStart, kStart + kDay, 1000, queueKey(0));
        all.metrics = kMetrics;
        qInfo("  24 h, all %lld metrics of a queue in 1000 points: %.2f ms",
              static_cast<long long>(kMetrics.size()), bestMs([&] { std::ignore = store.answer(all); }));
        qInfo("  24 h, one metric, every sample: %.2f ms", bestMs([&] {
                  std::ignore = store.answer(query(kStart, kStart + kDay, 1'000'000, queueKey(0)));
              }));
    }

    void thirtyDaysAtThirtySeconds() {
        TemporaryHistory history;
        history.settings.keep_raw = std::chrono::hours{24 * 31};
        QTemporaryDir folder;
        auto& store = history.open();
        NaiveTable naive(folder.filePath(u"naive.sqlite"_s));
        double ours = 0, theirs = 0;
        qint64 samples = 0;
        fill(store, naive, 1, 30 * kDay, 30'000, kHour, ours, theirs,
             samples);  // so rarely only to be done soon
        QVERIFY(store.flush().ok());
        qInfo("30 d, 1 queue, one poll in 30 s: %lld samples", static_cast<long long>(samples));
        report(history, naive, samples, 30 * kDay, 30'000);
    }

private:
    void fill(HistoryStore& store, NaiveTable& naive, int queueCount, qint64 span, qint64 every,
              qint64 flushEvery, double& oursMs, double& theirsMs, qint64& samples) {
        std::vector<LivingQueue> queues;
        for (unsigned q = 0; q < static_cast<unsigned>(queueCount); ++q) queues.emplace_back(q + 1);
        std::mt19937 random(9);
        QSqlQuery insert = naive.database().prepared(u"INSERT INTO sample VALUES (?, ?, ?)"_s);
        naive.database().execute(u"BEGIN"_s);
        qint64 flushed = kStart;
        for (qint64 at = kStart; at < kStart + span;) {
            const qint64 step = every * 9 / 10 + static_cast<qint64>(random()) % (every / 5);
            HistoryBatch batch{u"prod"_s, serverTimeFromMillis(at), 0, {}, {}};
            for (int q = 0; q < queueCount; ++q)
                batch.queues.push_back(samplesOf(queues[size_t(q)], q, step));
            std::clock_t before = std::clock();
            store.record(batch);
            if (at - flushed >= flushEvery) QVERIFY(store.flush().ok());
            oursMs += double(std::clock() - before) * 1e3 / CLOCKS_PER_SEC;
            before = std::clock();
            for (int q = 0; q < queueCount; ++q)
                for (int m = 0; m < kMetrics.size(); ++m)
                    naive.database().run(insert,
                                         {q * 100 + m, at, batch.queues[size_t(q)].samples[size_t(m)].value});
            if (at - flushed >= flushEvery)
                naive.database().execute(u"COMMIT"_s), naive.database().execute(u"BEGIN"_s);
            theirsMs += double(std::clock() - before) * 1e3 / CLOCKS_PER_SEC;
            if (at - flushed >= flushEvery) flushed = at;
            samples += queueCount * kMetrics.size();
            at += step;
        }
        naive.database().execute(u"COMMIT"_s);
    }

    static QueueSamples samplesOf(LivingQueue& queue, int number, qint64 step) {
        QueueSamples samples{u"pgboss"_s, queueKey(number).queue, {}};
        const auto values = queue.poll(double(step) / 1000);
        for (size_t m = 0; m < values.size(); ++m)
            samples.samples.push_back({kMetrics[qsizetype(m)], values[m]});
        return samples;
    }

    void report(TemporaryHistory& history, NaiveTable& naive, qint64 samples, qint64 span, qint64 every) {
        QVERIFY(history.store->flush().ok());
        const auto looking =
            std::move(SqlDatabase::open(history.settings.path, SqlDatabase::Access::write)).value();
        looking->execute(u"PRAGMA wal_checkpoint(TRUNCATE)"_s);
        naive.database().execute(u"PRAGMA wal_checkpoint(TRUNCATE)"_s);
        for (int tier = 0; tier < kHistoryTiers; ++tier)
            qInfo("  tier %d: %.2f bytes a raw sample in pieces", tier,
                  looking->value(u"SELECT sum(length(data)) FROM chunk WHERE tier = ?"_s, {tier}).toDouble() /
                      double(samples));
        const double rawPages = rawBytesOnDisk(*looking, history.settings.path);
        const double bytes = double(filesize(history.settings.path)) / double(samples);
        qInfo("  file: %.2f bytes a sample with all tiers, of it raw %.2f; naive %.2f", bytes,
              rawPages / double(samples), double(filesize(naive.database().path())) / double(samples));
        QVERIFY(rawPages / double(samples) <= 6);
        const qint64 width = span / 1000;
        int points = 0, rows = 0;
        const double ours = bestMs([&] {
            points = int(buckets(*history.store, query(kStart, kStart + span, 1000, queueKey(0))).size());
        });
        const double theirs =
            bestMs([&] { rows = naiveQuery(naive.database(), 0, kStart, kStart + span, width); });
        qInfo("  %lld h of one series in 1000 points: history %.2f ms (%d points), naive %.2f ms (%d points)",
              static_cast<long long>(span / kHour), ours, points, theirs, rows);
        const qint64 end = kStart + span;
        const double hour =
            bestMs([&] { std::ignore = history.store->answer(query(end - kHour, end, 5000, queueKey(0))); });
        const double naiveHour = bestMs([&] { naiveQuery(naive.database(), 0, end - kHour, end, every); });
        qInfo("  the last hour poll by poll: history %.2f ms, naive %.2f ms", hour, naiveHour);
    }

    // The share of the raw tier in the file's pages, by its share of all pieces' bytes.
    static double rawBytesOnDisk(SqlDatabase& database, const QString& path) {
        const double raw =
            database.value(u"SELECT sum(length(data) + 24) FROM chunk WHERE tier = 0"_s).toDouble();
        const double all = database.value(u"SELECT sum(length(data) + 24) FROM chunk"_s).toDouble();
        return double(filesize(path)) * raw / all;
    }
};

QTEST_GUILESS_MAIN(HistoryBenchmark)
#include "history_benchmark.moc"
