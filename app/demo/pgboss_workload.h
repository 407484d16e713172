// pg-boss as its workers and producers keep it: orders never drains, search-index is healthy, emails
// holds dead letters of three months, webhooks retries, partner-sync is a storm of retries, crm-sync
// waits for a wave of them, and a worker of invoices is gone.
#pragma once

#include "app/demo/postgres_session.h"
#include "app/demo/workload.h"

namespace spillway {

class PgBossWorkload final : public Workload {
public:
    explicit PgBossWorkload(const QString& url);
    ~PgBossWorkload() override;
    void prepare() override;
    void step(double seconds) override;
    [[nodiscard]] std::vector<DemoQueue> queues() const override;

private:
    struct Queue;
    void prepareQueue(const Queue& queue, QString& sql) const;
    [[nodiscard]] static QString queueStep(Queue& queue, double seconds);

    PostgresSession m_session;
    std::vector<Queue> m_queues;
    double m_sinceMonitor = 0;
    double m_sinceHeartbeat = 0;
};

}  // namespace spillway
