// The demo: a private PostgreSQL and two private Redis servers, the second as staging, with live workloads.
// All of it lives inside this process or dies with it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "app/demo/demo_endpoints.h"
#include "app/demo/private_postgres.h"
#include "app/demo/private_redis.h"
#include "app/demo/workload_thread.h"

namespace spillway {

class Demo {
public:
    // Takes a few seconds. Must be called on the main thread, which the servers die with. `stopRequested`
    // is asked between the steps; failure `cancelled` if it says so.
    // `stillBroken`: the old dead letters of emails and mailers die again when they are put back.
    [[nodiscard]] static Outcome<std::unique_ptr<Demo>> start(bool stillBroken,
                                                              const std::function<bool()>& stopRequested);
    ~Demo();

    // "deploy 4f2c": from now on payments are claimed in two steps, and what its old workers held is lost.
    // Any thread.
    void deploy() { m_deployed = true; }
    [[nodiscard]] const DemoEndpoints& endpoints() const { return m_endpoints; }
    // Set once a workload has ended because its server went away. Any thread.
    [[nodiscard]] bool broken() const { return m_broken; }

private:
    Demo() = default;
    [[nodiscard]] Outcome<Done> startServers();
    [[nodiscard]] Outcome<Done> startWorkloads();
    [[nodiscard]] Outcome<Done> writeMappings();
    void play(std::unique_ptr<Workload> workload);
    void playPayments();

    std::unique_ptr<ServerDirectory> m_directory;
    std::unique_ptr<PrivatePostgres> m_postgres;
    std::unique_ptr<PrivateRedis> m_redis, m_staging;
    DemoEndpoints m_endpoints;
    bool m_stillBroken = false;
    std::atomic<bool> m_broken = false;
    std::atomic<bool> m_deployed = false;
    std::vector<std::unique_ptr<WorkloadThread>> m_threads;  // last: they stop before the servers
};

}  // namespace spillway
