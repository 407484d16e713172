// BullMQ as its libraries keep it: notifications never drains, exports drains, webhooks retries, reports
// is paused and holds a stuck job. Each worker has its own named connection, as the real ones have.
#pragma once

#include "app/demo/redis_session.h"
#include "app/demo/workload.h"

namespace spillway {

class BullMqWorkload final : public Workload {
public:
    explicit BullMqWorkload(const QString& socketPath);
    ~BullMqWorkload() override;
    void prepare() override;
    void step(double seconds) override;
    [[nodiscard]] std::vector<DemoQueue> queues() const override;

private:
    struct Queue;
    void prepareQueue(Queue& queue);
    void add(const Queue& queue, int n, int spreadMs);
    void leaveStuck(const Queue& queue);
    void claim(Queue& queue, int n);
    void finish(const Queue& queue);

    QString m_socketPath;
    RedisSession m_producer;
    std::vector<Queue> m_queues;
    QByteArray m_add, m_claim, m_finish;  // hashes of the scripts
    qint64 m_claims = 0;
};

}  // namespace spillway
