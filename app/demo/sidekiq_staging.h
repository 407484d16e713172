// The staging of the demo's Sidekiq, in a database of its own on the same Redis: the same queues, but one
// process with one thread, so that nothing there ever runs at once.
#pragma once

#include "app/demo/redis_session.h"
#include "app/demo/workload.h"

namespace spillway {

inline constexpr int kStagingDatabase = 1;  // of the demo's Redis

class SidekiqStaging final : public Workload {
public:
    explicit SidekiqStaging(const QString& socketPath) : m_session(socketPath) {}
    void prepare() override;
    void step(double seconds) override;
    [[nodiscard]] std::vector<DemoQueue> queues() const override { return {}; }

private:
    void beat();

    RedisSession m_session;
    Every m_beat{5};
    Every m_job{1};
    qint64 m_number = 0;
    qint64 m_processed = 0;
};

}  // namespace spillway
