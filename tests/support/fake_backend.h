// A server that answers what a test wrote down. Readings are told in order; the last one is told again
// and again, each time a little later on the server's clock.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>

#include "backends/domain/queue_backend.h"

namespace spillway::test {

// What the fake will answer, and what it was asked. Shared, because the backend itself is owned by
// whoever polls.
struct FakeServer {
    ServerInfo info{.product = QStringLiteral("PostgreSQL"),
                    .version = QStringLiteral("15.18"),
                    .address = QStringLiteral("fake:5432"),
                    .user = QStringLiteral("me"),
                    .database = QStringLiteral("shop"),
                    .role = ServerRole::primary};
    std::vector<DetectedSystem> systems;
    std::optional<Failure> openFailure;
    std::optional<Failure> detectFailure;
    std::deque<Outcome<ServerReading>> readings;
    // What it answers besides polls; the default is a failure.
    std::function<Outcome<DeadPage>(const DeadQuery&)> deadPage;
    std::function<Outcome<DeadGroups>(const DeadGroupsQuery&)> deadGroups;
    std::function<Outcome<JobDetail>(const JobQuery&)> deadJob;
    double repeatEvery_s = 2;  // how much later a repeated reading is

    // Written by the polling thread, read by the test.
    std::atomic<int> opened = 0;
    std::atomic<int> detected = 0;
    std::atomic<int> read = 0;
    std::atomic<bool> interrupted = false;
};

class FakeBackend final : public QueueBackend {
public:
    explicit FakeBackend(std::shared_ptr<FakeServer> server) : m_server(std::move(server)) {}
    [[nodiscard]] Outcome<ServerInfo> open() override;
    [[nodiscard]] Outcome<std::vector<DetectedSystem>> detect() override;
    [[nodiscard]] Outcome<ServerReading> read() override;
    [[nodiscard]] Outcome<DeadPage> deadPage(const DeadQuery& query) override;
    [[nodiscard]] Outcome<DeadGroups> deadGroups(const DeadGroupsQuery& query) override;
    [[nodiscard]] Outcome<JobDetail> deadJob(const JobQuery& query) override;
    void interrupt() noexcept override { m_server->interrupted = true; }

private:
    std::shared_ptr<FakeServer> m_server;
};

// One pg-boss with one queue whose backlog goes up (or down) by `growth` jobs per second: `polls`
// readings, `every_s` apart on the server's clock.
[[nodiscard]] std::shared_ptr<FakeServer> fakeServerWithQueue(const QString& queue, qint64 backlog,
                                                              double arrivals, double drain, int polls = 12,
                                                              double every_s = 2);
[[nodiscard]] Failure fakeFailure(FailureKind kind);

}  // namespace spillway::test
