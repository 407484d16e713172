// Sidekiq as version 7 keeps it: default is healthy, mailers retries, and the dead set holds three months.
#pragma once

#include <QJsonObject>
#include <deque>

#include "app/demo/redis_session.h"
#include "app/demo/workload.h"

namespace spillway {

class SidekiqWorkload final : public Workload {
public:
    // `stillBroken`: what died long ago dies again when it is put back, of the same error.
    SidekiqWorkload(const QString& socketPath, bool stillBroken);
    ~SidekiqWorkload() override;
    void prepare() override;
    void step(double seconds) override;
    [[nodiscard]] std::vector<DemoQueue> queues() const override;

private:
    struct Queue;
    [[nodiscard]] static std::vector<Queue> everyQueue();
    struct Running {
        QByteArray queue;
        QByteArray payload;
        double claimed_s;
    };
    [[nodiscard]] QJsonObject newJob(const Queue& queue);
    void produce(const Queue& queue, int n);
    void claim(const Queue& queue, int n);
    void finish();
    void fail(const Running& job);
    void promote();
    void beat();
    void fillDeadSet();
    void fillRetrySet();
    void sendWave();

    [[nodiscard]] bool fails(const Running& job) const;

    RedisSession m_session;
    bool m_stillBroken;
    std::vector<Queue> m_queues;
    std::deque<Running> m_running;
    qint64 m_number = 0;
    double m_sinceBeat = 0;
    double m_sinceWave = 0;
};

}  // namespace spillway
