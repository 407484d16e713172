// Pages and groups of dead letters: Sidekiq's full dead set, and a BullMQ queue of as many. Prints; asserts
// nothing. Usage: redis_dead_benchmark [jobs]
#include <QCoreApplication>
#include <QElapsedTimer>
#include <atomic>
#include <cstdio>

#include "app/demo/private_redis.h"
#include "backends/domain/queue_backend.h"
#include "backends/redis/redis_backend.h"
#include "backends/redis/wire/connection.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

const std::atomic<bool> neverInterrupted = false;

// All 92 days old.
void fill(const PrivateRedis& redis, int jobs) {
    RedisConnection connection(*redisAddressFrom(*connectionFromUrl(redis.url())), neverInterrupted);
    if (!connection.open(QDeadlineTimer(10'000))) qFatal("cannot connect");
    const QByteArray script = R"(
        local now = redis.call('TIME')[1] - 92 * 86400
        redis.call('SADD', 'queues', 'orders')
        redis.call('HSET', 'bull:mail:meta', 'version', 'bullmq:5.81.5')
        for i = 1, tonumber(ARGV[1]) do
          local error = 'no answer from 10.0.0.' .. (i % 200) .. ' after ' .. i .. ' ms'
          redis.call('ZADD', 'dead', now + i * 0.1, '{"class":"Mail' .. (i % 5) .. '","jid":"' .. string.format('%024d', i) ..
            '","queue":"orders","args":[' .. i .. ',"' .. string.rep('x', 400) .. '"],"retry":true,"retry_count":24,' ..
            '"error_class":"Timeout","error_message":"' .. error .. '"}')
          redis.call('ZADD', 'bull:mail:failed', (now + i) * 1000, i)
          redis.call('HSET', 'bull:mail:' .. i, 'name', 'send', 'failedReason', error, 'opts', '{"attempts":3}',
            'data', string.rep('x', 400), 'atm', 3, 'ats', 3)
        end)";
    if (!connection.run({{"EVAL", script, "0", QByteArray::number(jobs)}}, QDeadlineTimer(60'000)))
        qFatal("cannot fill");
}

template <typename Work>
void measure(const char* what, Work work) {
    QElapsedTimer time;
    time.start();
    const QString said = work();
    std::printf("%-34s %8.1f ms   %s\n", what, static_cast<double>(time.nsecsElapsed()) / 1e6,
                qPrintable(said));
}

QString pageText(const Outcome<DeadPage>& page) {
    if (!page) return page.failure().sentence();
    return u"%1 of %2"_s.arg(page->jobs.size()).arg(page->total.valueOr(-1));
}

}  // namespace

int main(int argc, char** argv) {
    QCoreApplication app(argc, argv);
    const int jobs = argc > 1 ? QByteArray(argv[1]).toInt() : 9'999;
    const auto redis = PrivateRedis::start();
    if (!redis) qFatal("%s", qPrintable(redis.failure().sentence()));
    fill(**redis, jobs);
    const auto backend = makeRedisBackend(*connectionFromUrl((*redis)->url()));
    if (!backend->open() || !backend->detect()) qFatal("cannot read");
    for (const auto& system : {u"sidekiq"_s, u"bullmq"_s}) {
        std::printf("%s, %d dead jobs\n", qPrintable(system), jobs);
        const JobFilter filter{.system = system};
        measure("page of 100, oldest", [&] { return pageText(backend->deadPage({filter, 100, {}, false})); });
        measure("page of 100, newest", [&] { return pageText(backend->deadPage({filter, 100, {}, true})); });
        measure("page of 1000", [&] { return pageText(backend->deadPage({filter, 1000, {}, false})); });
        measure("groups of the newest 5000", [&] {
            const auto groups = backend->deadGroups({filter});
            return groups ? u"%1 groups"_s.arg(groups->groups.size()) : groups.failure().sentence();
        });
    }
    return 0;
}
