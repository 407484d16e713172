// One poll of 500 BullMQ queues as Spillway does it, beside the same commands one at a time. Prints; asserts
// nothing. Usage: redis_poll_benchmark [queues] [polls]
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
#include "backends/redis/redis_connection.h"
#include "backends/redis/redis_server_info.h"

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

// Each queue with waiting, active, delayed, prioritized and failed jobs.
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
          redis.call('HSET', base .. '1', 'timestamp', '1700000000000', 'name', 'job', 'data', '{}')
        end)";
    for (int first = 1; first <= queues; first += 50)
        (void)connection.run({{"EVAL", script, "0", QByteArray::number(first),
                               QByteArray::number(std::min(queues, first + 49))}},
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

}  // namespace

int main(int argc, char** argv) {
    QCoreApplication app(argc, argv);
    const int queues = argc > 1 ? QByteArray(argv[1]).toInt() : 500;
    const int polls = argc > 2 ? QByteArray(argv[2]).toInt() : 50;
    const auto redis = PrivateRedis::start();
    if (!redis) qFatal("%s", qPrintable(redis.failure().sentence()));
    fill(**redis, queues);

    const auto backend = makeRedisBackend(*connectionFromUrl((*redis)->url()));
    if (!backend->open()) qFatal("cannot open");
    QElapsedTimer detection;
    detection.start();
    if (!backend->detect()) qFatal("cannot detect");
    std::printf("%d BullMQ queues over a unix socket, %d polls\n", queues, polls);
    std::printf("detection with the first poll  %7.1f ms\n",
                static_cast<double>(detection.nsecsElapsed()) / 1e6);

    RedisConnection observer = connectTo(**redis);
    int trips = 0;
    Samples pipelined = measure(observer, polls, [&] {
        const auto reading = backend->read();
        if (!reading) qFatal("%s", qPrintable(reading.failure().sentence()));
        trips = reading->cost.round_trips;
    });
    RedisConnection single = connectTo(**redis);
    const auto commands = naiveCommands(queues);
    Samples naive = measure(observer, std::max(3, polls / 10), [&] {
        for (const RedisCommand& command : commands)
            if (!single.run({command}, QDeadlineTimer(10'000))) qFatal("lost");
    });
    const auto print = [](const char* what, Samples& samples, std::size_t roundTrips) {
        std::printf(
            "%-30s %7.1f ms median, %.1f ms worst; CPU: server %.1f ms, console %.1f ms; %zu round trips\n",
            what, samples.median(), samples.worst(), samples.server_ms, samples.own_ms, roundTrips);
    };
    print("one poll", pipelined, static_cast<std::size_t>(trips));
    print("one command at a time", naive, commands.size());
    std::printf("ratio                          %7.1f x wall, %.1f x server\n",
                naive.median() / pipelined.median(), naive.server_ms / pipelined.server_ms);
    return 0;
}
