#include "backends/redis/bullmq/workers.h"

namespace spillway {
using namespace Qt::StringLiterals;

std::vector<Worker> bullmqWorkers(const std::vector<RedisClient>& clients, const QByteArray& prefix,
                                  DisplayNames& names) {
    std::vector<Worker> workers;
    const QByteArray start = prefix + ':';
    for (const RedisClient& client : clients) {
        if (!client.name.startsWith(start)) continue;
        const QByteArray rest = client.name.mid(start.size());
        const auto colon = rest.indexOf(':');
        if (colon >= 0 && !rest.mid(colon).startsWith(":w:")) continue;
        const QByteArray queue = QByteArray::fromBase64(colon < 0 ? rest : rest.left(colon));
        if (!names.contains(queue)) continue;
        Worker worker;
        worker.id = colon < 0 ? u"client %1"_s.arg(QString::fromLatin1(client.id))
                              : visibleText(rest.mid(colon + 3), 100);
        const auto port = client.address.lastIndexOf(':');
        worker.host =
            client.address.startsWith('/') ? u"unix socket"_s : visibleText(client.address.left(port), 60);
        worker.queues << names.of(queue);
        worker.concurrency = Count::notObservable(u"BullMQ workers do not publish their concurrency"_s);
        worker.busy = Count::notObservable(u"BullMQ does not record how many jobs a worker runs"_s);
        worker.heartbeat_age_s =
            Seconds::notObservable(u"BullMQ workers write no heartbeat; their connection stands"_s);
        worker.alive = true;
        workers.push_back(std::move(worker));
    }
    return workers;
}

}  // namespace spillway
