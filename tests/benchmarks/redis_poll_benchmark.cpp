// One poll of 500 BullMQ queues as Spillway does it, beside the same commands one at a time; and one poll of
// 300 consumer groups. Prints; asserts nothing. Usage: redis_poll_benchmark [queues] [polls] [groups]
#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <numeric>

#include "app/demo/private_redis.h"
#include "backends/domain/queue_backend.h"
#include "backends/redis/redis_backend.h"
#include "backends/redis/shared/server_info.h"
#include "backends/redis/wire/connection.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

const std::atomic<bool> neverInterrupted = false;

struct Samples {
    std::vector<double> wall_ms;
    double server_ms = 0;  // CPU, mean
    double own_ms = 0;     // CPU, mean

    [[nodiscard]] double median() {
        std::sort(wall_ms.begin(), wall_ms.end());
        return wall_ms[wall_ms.size() / 2];
    }
    [[nodiscard]] double worst() const { return *std::max_element(wall_ms.begin(), wall_ms.end()); }
};

RedisConnection connectTo(const PrivateRedis& redis) {
    RedisConnection connection(*redisAddressFrom(*connectionFromUrl(redis.url())), neverInterrupted);
    if (const auto opened = connection.open(QDeadlineTimer(10'000)); !opened)
        qFatal("%s", qPrintable(opened.failure().sentence()));
    return connection;
}

// Each queue with waiting, active, delayed, prioritized, completed and failed jobs; of those that ended
// lately some had stalled.
void fill(const PrivateRedis& redis, int queues) {
    RedisConnection connection = connectTo(redis);
    const QByteArray script = R"(
        for q = tonumber(ARGV[1]), tonumber(ARGV[2]) do
          local base = 'bull:queue-' .. q .. ':'
          redis.call('HSET', base .. 'meta', 'version', 'bullmq:5.81.5', 'opts.maxLenEvents', '10000')
          redis.call('SET', base .. 'id', 10000)
          for i = 1, 1000 do redis.call('LPUSH', base .. 'wait', i) end
          for i = 1, 10 do redis.call('LPUSH', base .. 'active', 2000 + i) end
          for i = 1, 10 do redis.call('ZADD', base .. 'prioritized', i, 3000 + i) end
          for i = 1, 10 do
            redis.call('ZADD', base .. 'delayed', string.format('%.0f', (1900000000000 + i) * 4096), 4000 + i)
            redis.call('HSET', base .. (4000 + i), 'timestamp', '1700000000000', 'atm', i % 2)
          end
          for i = 1, 100 do redis.call('ZADD', base .. 'failed', 1700000000000 + i, 5000 + i) end
          local now = redis.call('TIME')[1] * 1000
          for i = 1, 20 do
            local job = {'name', 'job', 'timestamp', now, 'processedOn', now - 900, 'finishedOn', now, 'ats', 2, 'atm', 1, 'stc', i % 2}
            redis.call('ZADD', base .. 'failed', now, 6000 + i)
            redis.call('ZADD', base .. 'completed', now, 7000 + i)
            redis.call('HSET', base .. (6000 + i), unpack(job))
            redis.call('HSET', base .. (7000 + i), unpack(job))
          end
          redis.call('HSET', base .. '1', 'timestamp', '1700000000000', 'name', 'job', 'data', '{}')
        end)";
    for (int first = 1; first <= queues; first += 50)
        (void)connection.run({{"EVAL", script, "0", QByteArray::number(first),
                               QByteArray::number(std::min(queues, first + 49))}},
                             QDeadlineTimer(60'000));
}

// Three consumer groups on each stream, two consumers each, with entries that wait and that are pending.
void fillGroups(const PrivateRedis& redis, int groups) {
    RedisConnection connection = connectTo(redis);
    const QByteArray script = R"(
        for s = 1, tonumber(ARGV[1]) do
          local key = 'stream-' .. s
          for i = 1, 100 do redis.call('XADD', key, '*', 'n', i) end
          for _, group in ipairs({'a', 'b', 'c'}) do
            redis.call('XGROUP', 'CREATE', key, group, '0')
            for c = 1, 2 do
              redis.call('XREADGROUP', 'GROUP', group, 'consumer-' .. c, 'COUNT', '20', 'STREAMS', key, '>')
            end
          end
        end)";
    (void)connection.run({{"EVAL", script, "0", QByteArray::number((groups + 2) / 3)}},
                         QDeadlineTimer(60'000));
}

double serverCpuMs(RedisConnection& connection) {
    const auto replies = connection.run({{"INFO", "cpu"}}, QDeadlineTimer(10'000));
    return cpuSecondsFrom(infoFrom(replies->front())).value_or(0) * 1e3;
}

double ownCpuMs() {
    timespec used{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
}

template <typename Work>
Samples measure(RedisConnection& observer, int runs, Work work) {
    Samples samples;
    const double before = serverCpuMs(observer);
    const double ownBefore = ownCpuMs();
    for (int run = 0; run < runs; ++run) {
        QElapsedTimer time;
        time.start();
        work();
        samples.wall_ms.push_back(static_cast<double>(time.nsecsElapsed()) / 1e6);
    }
    samples.own_ms = (ownCpuMs() - ownBefore) / runs;
    samples.server_ms = (serverCpuMs(observer) - before) / runs;
    return samples;
}

std::vector<RedisCommand> naiveCommands(int queues) {
    std::vector<RedisCommand> commands;
    for (int q = 1; q <= queues; ++q) {
        const QByteArray base = "bull:queue-" + QByteArray::number(q) + ':';
        commands.insert(commands.end(), {{"HMGET", base + "meta", "version", "paused"},
                                         {"LINDEX", base + "wait", "-1"},
                                         {"LLEN", base + "wait"},
                                         {"ZCARD", base + "prioritized"},
                                         {"LLEN", base + "active"},
                                         {"ZCARD", base + "delayed"},
                                         {"ZRANGE", base + "failed", "0", "0", "WITHSCORES"},
                                         {"ZCARD", base + "failed"},
                                         {"GET", base + "id"},
                                         {"ZCOUNT", base + "delayed", "-inf", "(7372800000000000"}});
    }
    return commands;
}

void print(const char* what, Samples& samples, std::size_t roundTrips) {
    std::printf(
        "%-30s %7.1f ms median, %.1f ms worst; CPU: server %.1f ms, console %.1f ms; %zu round trips\n", what,
        samples.median(), samples.worst(), samples.server_ms, samples.own_ms, roundTrips);
}

std::unique_ptr<QueueBackend> detectedOn(const PrivateRedis& redis) {
    auto backend = makeRedisBackend(*connectionFromUrl(redis.url()));
    if (!backend->open()) qFatal("cannot open");
    QElapsedTimer detection;
    detection.start();
    if (!backend->detect()) qFatal("cannot detect");
    std::printf("detection with the first poll  %7.1f ms\n",
                static_cast<double>(detection.nsecsElapsed()) / 1e6);
    return backend;
}

Samples measurePolls(QueueBackend& backend, RedisConnection& observer, int polls) {
    int trips = 0;
    Samples samples = measure(observer, polls, [&] {
        const auto reading = backend.read();
        if (!reading) qFatal("%s", qPrintable(reading.failure().sentence()));
        trips = reading->cost.round_trips;
    });
    print("one poll", samples, static_cast<std::size_t>(trips));
    return samples;
}

void measureQueues(int queues, int polls) {
    const auto redis = PrivateRedis::start();
    if (!redis) qFatal("%s", qPrintable(redis.failure().sentence()));
    fill(**redis, queues);
    std::printf("%d BullMQ queues over a unix socket, %d polls\n", queues, polls);
    const auto backend = detectedOn(**redis);
    RedisConnection observer = connectTo(**redis);
    Samples pipelined = measurePolls(*backend, observer, polls);
    RedisConnection single = connectTo(**redis);
    const auto commands = naiveCommands(queues);
    Samples naive = measure(observer, std::max(3, polls / 10), [&] {
        for (const RedisCommand& command : commands)
            if (!single.run({command}, QDeadlineTimer(10'000))) qFatal("lost");
    });
    print("one command at a time", naive, commands.size());
    std::printf("ratio                          %7.1f x wall, %.1f x server\n",
                naive.median() / pipelined.median(), naive.server_ms / pipelined.server_ms);
}

void measureGroups(int groups, int polls) {
    const auto redis = PrivateRedis::start();
    if (!redis) qFatal("%s", qPrintable(redis.failure().sentence()));
    fillGroups(**redis, groups);
    std::printf("%d consumer groups over a unix socket, %d polls\n", groups, polls);
    const auto backend = detectedOn(**redis);
    RedisConnection observer = connectTo(**redis);
    (void)measurePolls(*backend, observer, polls);
}

}  // namespace

int main(int argc, char** argv) {
    QCoreApplication app(argc, argv);
    const int queues = argc > 1 ? QByteArray(argv[1]).toInt() : 500;
    const int polls = argc > 2 ? QByteArray(argv[2]).toInt() : 50;
    const int groups = argc > 3 ? QByteArray(argv[3]).toInt() : 300;
    measureQueues(queues, polls);
    measureGroups(groups, polls);
    return 0;
}
