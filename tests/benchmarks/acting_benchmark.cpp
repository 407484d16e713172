// Replay on PostgreSQL: how fast jobs are put back with the rate limit lifted and everything else as in an
// action (facts, guards, journal on the disk, lock, pins, compare-and-set), beside pg-boss' own retry in the
// same run; and what planning 100 000 jobs of many costs. Prints; asserts nothing. Usage: acting_benchmark
// [dead jobs]
#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <cstdio>

#include "backends/journal/action_journal.h"
#include "backends/postgres/acting/acting_backend.h"
#include "backends/remediation/guards.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/real_pgboss.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

constexpr int kBatch = 500;

double since(const QElapsedTimer& time) {
    return static_cast<double>(time.nsecsElapsed()) / 1e9;
}

qint64 peakMemory_kB() {
    QFile status(u"/proc/self/status"_s);
    if (!status.open(QIODevice::ReadOnly)) return 0;
    for (const auto& line : status.readAll().split('\n'))
        if (line.startsWith("VmHWM:")) return line.mid(6).trimmed().split(' ').front().toLongLong();
    return 0;
}

void makeDead(PostgresFixture& fixture, const std::string& queue, int jobs) {
    fixture.sql(
        "INSERT INTO pgboss.job (id, name, state, data, output, retry_limit, retry_count, created_on, "
        "started_on, "
        "completed_on, policy) SELECT gen_random_uuid(), '" +
        queue +
        "', 'failed', jsonb_build_object('n', g, 'x', "
        "repeat('y', 200)), jsonb_build_object('message', 'card ' || g || ' refused', 'stack', repeat('z', "
        "300)), 2, 2, now() - "
        "interval '2 days', now() - interval '1 day', now() - interval '1 day' + g * interval '1 ms', "
        "'standard' FROM "
        "generate_series(1, " +
        std::to_string(jobs) + ") g");
}

PlannedAction planned(ActingBackend& backend, const QString& queue) {
    ActionRequest request;
    request.filter.system = u"pgboss:pgboss"_s;
    request.filter.queues = {queue};
    auto plan = backend.plan(request);
    if (!plan) qFatal("%s", qPrintable(plan.failure().sentence() + plan.failure().serverSaid));
    return std::move(plan).value();
}

// The steps of one batch as the runner takes them.
void replay(ActingBackend& backend, ActionJournal& journal, const ActionPlan& plan) {
    const SystemClock clock;
    const QString action = u"benchmark"_s;
    if (!journal.keepPlan(plan) || !journal.begin(action, plan.id, u"benchmark"_s, clock.wallNow()))
        qFatal("no journal");
    qint64 moved = 0;
    QElapsedTimer time;
    time.start();
    int number = 0;
    for (size_t first = 0; first < plan.jobs.size(); first += kBatch) {
        const auto facts = backend.facts(plan);
        const auto lock = backend.lock(plan, action);
        if (!facts || !lock) qFatal("%s", qPrintable((facts ? lock.failure() : facts.failure()).sentence()));
        GuardFacts known;
        known.now = facts->now;
        known.server_id = facts->server_id;
        known.writable = facts->writable;
        static_cast<void>(judge(plan, known));
        if (!journal.intend(action, {number, first, kBatch, false}, clock.wallNow())) qFatal("no journal");
        const auto applied = backend.apply(plan, first, kBatch);
        if (!applied || applied->refused)
            qFatal("%s", qPrintable(applied ? applied->why : applied.failure().sentence()));
        if (!journal.answer(action, number++, applied->rows, clock.wallNow())) qFatal("no journal");
        for (const auto& row : applied->rows) moved += row.outcome == RowOutcome::moved ? 1 : 0;
    }
    std::printf("%-44s %9.0f jobs/s\n", "Spillway, guards and journal on",
                static_cast<double>(moved) / since(time));
}

void libraryRetry(PostgresFixture& fixture, RealPgBoss& boss, int jobs) {
    const auto ids =
        QString::fromStdString(
            fixture.sql("SELECT string_agg(id::text, ',') FROM pgboss.job WHERE name = 'theirs'"))
            .split(u',');
    QElapsedTimer time;
    time.start();
    for (qsizetype i = 0; i < ids.size(); i += kBatch)
        boss.call(u"retry"_s, {u"theirs"_s, QJsonArray::fromStringList(ids.mid(i, kBatch))});
    if (!boss.error().isEmpty()) qFatal("%s", qPrintable(boss.error()));
    std::printf("%-44s %9.0f jobs/s\n", "pg-boss, retry() of 500 ids", jobs / since(time));
}

}  // namespace

int main(int argc, char** argv) {
    QCoreApplication app(argc, argv);
    const int many = argc > 1 ? QByteArray(argv[1]).toInt() : 2'000'000;
    constexpr int few = 20'000;
    PostgresFixture fixture;
    if (const auto trouble = fixture.start({false, {u"fsync=on"_s}, {}}); !trouble.isEmpty())
        qFatal("%s", qPrintable(trouble));
    RealPgBoss boss(fixture.server(), u"pgboss12"_s);
    for (const auto& queue : {u"ours"_s, u"theirs"_s, u"many"_s}) boss.call(u"createQueue"_s, {queue});
    if (!boss.error().isEmpty()) qFatal("%s", qPrintable(boss.error()));
    makeDead(fixture, "ours", few);
    makeDead(fixture, "theirs", few);
    fixture.sql("ANALYZE");
    const auto backend = makePostgresActingBackend(fixture.settings());
    if (const auto opened = backend->open(); !opened) qFatal("%s", qPrintable(opened.failure().sentence()));
    QTemporaryDir state;
    const auto journal = ActionJournal::open(state.filePath(u"actions.sqlite"_s));
    if (!journal) qFatal("%s", qPrintable(journal.failure().sentence()));
    const auto plan = planned(*backend, u"ours"_s);
    replay(*backend, **journal, plan.plan);
    libraryRetry(fixture, boss, few);

    makeDead(fixture, "many", many);
    fixture.sql("VACUUM ANALYZE");
    const auto before = peakMemory_kB();
    QElapsedTimer time;
    time.start();
    const auto large = planned(*backend, u"many"_s);
    std::printf("planning %zu of %lld dead jobs              %7.2f s, %lld MB more at its peak\n",
                large.plan.jobs.size(), static_cast<long long>(large.plan.matched), since(time),
                static_cast<long long>((peakMemory_kB() - before) / 1024));
    return 0;
}
