// The staging of the demo's Sidekiq, on a Redis of its own: the same queues, but one process with one thread,
// so that nothing there ever runs at once. A person drills there: a script that loops, or a server that had
// to be shut down because of it, is staging's trouble alone, and the demo goes on.
#pragma once

#include <optional>

#include "app/demo/redis_session.h"
#include "app/demo/workload.h"

namespace spillway {

class SidekiqStaging final : public Workload {
public:
    explicit SidekiqStaging(const QString& socketPath) : m_socketPath(socketPath) {}
    void prepare() override;
    void step(double seconds) override;
    [[nodiscard]] std::vector<DemoQueue> queues() const override { return {}; }

private:
    void beat();
    void work();

    QString m_socketPath;
    std::optional<RedisSession> m_session;  // none while the server does not take commands
    Every m_beat{5};
    Every m_job{1};
    qint64 m_number = 0;
    qint64 m_processed = 0;
};

}  // namespace spillway
