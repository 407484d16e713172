// Replay on Redis: how fast jobs are put back with the rate limit lifted, beside the library's own bulk retry
// in the same run (BullMQ retryJobs, Sidekiq's retry of its whole dead set); and what planning 100 000 jobs
// of many costs. Prints; asserts nothing. Usage: acting_redis_benchmark [dead jobs]
#include <QCoreApplication>
#include <QTemporaryDir>

#include "backends/redis/acting/acting_backend.h"
#include "tests/benchmarks/acting_steps.h"
#include "tests/redis/bullmq/stage.h"
#include "tests/redis/sidekiq/stage.h"

using namespace spillway;
using namespace Qt::StringLiterals;
using namespace spillway::benchmark;

namespace {

constexpr int kFew = 10'000;

// As BullMQ leaves failed jobs, in slices so that no script runs for long.
void bullmqDead(PrivateRedis& redis, const QByteArray& queue, int jobs) {
    for (int from = 0; from < jobs; from += 5'000)
        redisCommand(
            redis,
            {"EVAL",
             "for i = ARGV[1] + 0, ARGV[2] - 1 do local id = tostring(i) "
             "redis.call('HSET', KEYS[1] .. id, 'name', 'job', 'data', '{}', 'opts', '{\"attempts\":1}', "
             "'timestamp', 1767225600000, 'processedOn', 1767225601000, 'finishedOn', 1767225602000 + i, "
             "'ats', 1, 'atm', 1, 'failedReason', 'no route to the bank', 'stacktrace', '[\"Error: no\"]') "
             "redis.call('ZADD', KEYS[1] .. 'failed', 1767225602000 + i, id) end",
             "1", "bull:" + queue + ':', QByteArray::number(from),
             QByteArray::number(std::min(from + 5'000, jobs))});
}

void sidekiqDead(PrivateRedis& redis, const QByteArray& queue, int jobs) {
    redisCommand(redis, {"SADD", "queues", queue});
    for (int from = 0; from < jobs; from += 5'000)
        redisCommand(
            redis,
            {"EVAL",
             "for i = ARGV[1] + 0, ARGV[2] - 1 do redis.call('ZADD', 'dead', 1767225602 + i / 1000, "
             "'{\"retry\":3,\"queue\":\"' .. KEYS[1] .. '\",\"class\":\"CountedJob\",\"args\":[' .. i .. "
             "'],\"jid\":\"' .. string.format('%024d', i) .. '\",\"created_at\":1767225600.25,"
             "\"enqueued_at\":1767225600.5,\"error_message\":\"no route\",\"error_class\":\"RuntimeError\","
             "\"failed_at\":1767225601.0,\"retry_count\":2}') end",
             "1", queue, QByteArray::number(from), QByteArray::number(std::min(from + 5'000, jobs))});
}

void ours(PrivateRedis& redis, const QString& system, const QString& queue) {
    QTemporaryDir state;
    const auto journal = ActionJournal::open(state.filePath(u"actions.sqlite"_s));
    const auto backend = makeRedisActingBackend(redisSettings(redis.url()));
    if (!journal || !backend->open()) qFatal("not opened");
    replay(*backend, **journal, planned(*backend, system, queue).plan);
    backend->unlock();
}

void bullmq(int many) {
    BullmqStage stage;
    if (!stage.start(u"bullmq5"_s)) qFatal("%s", qPrintable(stage.problem()));
    for (const auto& queue : {u"ours"_s, u"theirs"_s, u"many"_s})
        stage.ask({{u"do"_s, u"add"_s}, {u"queue"_s, queue}});
    // Opened before the keys are many: looking through them is not what is measured.
    const auto backend = makeRedisActingBackend(redisSettings(stage.redis().url()));
    if (!backend->open()) qFatal("not opened");
    bullmqDead(stage.redis(), "ours", kFew);
    bullmqDead(stage.redis(), "theirs", kFew);
    std::printf("BullMQ\n");
    ours(stage.redis(), u"bullmq"_s, u"ours"_s);
    QElapsedTimer time;
    time.start();
    stage.ask({{u"do"_s, u"retryFailed"_s}, {u"queue"_s, u"theirs"_s}});
    std::printf("%-44s %9.0f jobs/s\n", "BullMQ, retryJobs()", kFew / since(time));
    bullmqDead(stage.redis(), "many", many);
    plan(*backend, u"bullmq"_s, u"many"_s);
}

void sidekiq(int many) {
    SidekiqStage stage;
    if (!stage.start() || !stage.startLibrary()) qFatal("%s", qPrintable(stage.problem()));
    std::printf("Sidekiq\n");
    sidekiqDead(stage.redis(), "ours", kFew);
    ours(stage.redis(), u"sidekiq"_s, u"ours"_s);
    sidekiqDead(stage.redis(), "theirs", kFew);
    QElapsedTimer time;
    time.start();
    stage.ask({{u"do"_s, u"retryAllDead"_s}});
    std::printf("%-44s %9.0f jobs/s\n", "Sidekiq, DeadSet#retry_all", kFew / since(time));
    sidekiqDead(stage.redis(), "many", many);
    const auto backend = makeRedisActingBackend(redisSettings(stage.redis().url()));
    if (!backend->open()) qFatal("not opened");
    plan(*backend, u"sidekiq"_s, u"many"_s);
}

}  // namespace

int main(int argc, char** argv) {
    QCoreApplication app(argc, argv);
    const int many = argc > 1 ? QByteArray(argv[1]).toInt() : 2'000'000;
    bullmq(many);
    sidekiq(many);
    return 0;
}
