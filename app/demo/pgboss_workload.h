// pg-boss as its workers and producers keep it: orders never drains, search-index is healthy, emails
// holds dead letters of three months, webhooks retries, partner-sync is a storm of retries, crm-sync
// waits for a wave of them, and a worker of invoices is gone.
#pragma once

#include "app/demo/postgres_session.h"
#include "app/demo/workload.h"

namespace spillway {

class PgBossWorkload final : public Workload {
public:
    // `stillBroken`: what died long ago dies again when it is put back, of the same error.
    PgBossWorkload(const QString& url, bool stillBroken);
    ~PgBossWorkload() override;
    void prepare() override;
    void step(double seconds) override;
    [[nodiscard]] std::vector<DemoQueue> queues() const override;

private:
    struct Queue;
    [[nodiscard]] static std::vector<Queue> everyQueue();
    void prepareQueue(const Queue& queue, QString& sql) const;
    [[nodiscard]] QString queueStep(Queue& queue, double seconds) const;

    PostgresSession m_session;
    bool m_stillBroken;
    std::vector<Queue> m_queues;
    double m_sinceMonitor = 0;
    double m_sinceHeartbeat = 0;
};

}  // namespace spillway
