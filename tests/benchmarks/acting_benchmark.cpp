// Replay on PostgreSQL: how fast jobs are put back with the rate limit lifted and everything else as in an
// action (facts, guards, journal on the disk, lock, pins, compare-and-set), beside pg-boss' own retry in the
// same run; and what planning 100 000 jobs of many costs. Prints; asserts nothing. Usage: acting_benchmark
// [dead jobs]
#include <QCoreApplication>
#include <QTemporaryDir>

#include "backends/postgres/acting/acting_backend.h"
#include "tests/benchmarks/acting_steps.h"
#include "tests/postgres/postgres_fixture.h"
#include "tests/postgres/systems/real_pgboss.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using namespace spillway::benchmark;

namespace {

const QString kSystem = u"pgboss:pgboss"_s;

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
    if (const auto trouble = fixture.start({false, {u"fsync=on"_s, u"synchronous_commit=on"_s}, {}});
        !trouble.isEmpty())
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
    replay(*backend, **journal, planned(*backend, kSystem, u"ours"_s).plan);
    libraryRetry(fixture, boss, few);

    makeDead(fixture, "many", many);
    fixture.sql("VACUUM ANALYZE");
    plan(*backend, kSystem, u"many"_s);
    return 0;
}
