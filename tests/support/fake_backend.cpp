#include "tests/support/fake_backend.h"

#include "tests/support/reading_story.h"

namespace spillway::test {
using namespace Qt::StringLiterals;

Outcome<ServerInfo> FakeBackend::open() {
    ++m_server->opened;
    if (m_server->openFailure) return *m_server->openFailure;
    return m_server->info;
}

Outcome<std::vector<DetectedSystem>> FakeBackend::detect() {
    ++m_server->detected;
    if (m_server->detectFailure) return *m_server->detectFailure;
    return m_server->systems;
}

Outcome<ServerReading> FakeBackend::read() {
    ++m_server->read;
    if (m_server->readings.empty()) return fakeFailure(FailureKind::timeout);
    const auto answer = m_server->readings.front();
    if (m_server->readings.size() > 1) {
        m_server->readings.pop_front();
    } else if (answer) {
        ServerReading later = *answer;
        later.observed_at += std::chrono::microseconds{std::llround(m_server->repeatEvery_s * 1e6)};
        m_server->readings.front() = later;
    }
    return answer;
}

Outcome<DeadPage> FakeBackend::deadPage(const DeadQuery& query) {
    if (!m_server->deadPage) return fakeFailure(FailureKind::internal);
    return m_server->deadPage(query);
}

Outcome<DeadGroups> FakeBackend::deadGroups(const DeadGroupsQuery& query) {
    if (!m_server->deadGroups) return fakeFailure(FailureKind::internal);
    return m_server->deadGroups(query);
}

Outcome<JobDetail> FakeBackend::deadJob(const JobQuery& query) {
    if (!m_server->deadJob) return fakeFailure(FailureKind::internal);
    return m_server->deadJob(query);
}

std::shared_ptr<FakeServer> fakeServerWithQueue(const QString& queue, qint64 backlog, double arrivals,
                                                double drain, int polls, double every_s) {
    auto server = std::make_shared<FakeServer>();
    server->repeatEvery_s = every_s;
    const QueueStory story{.queue = queue,
                           .backlog = static_cast<double>(backlog),
                           .arrivals = arrivals,
                           .drain = drain,
                           .every_s = every_s,
                           .polls = polls};
    for (int poll = 0; poll < polls; ++poll) {
        ServerReading reading = story.serverReading(poll);
        reading.server = server->info;
        reading.cost = {.wall_ms = 2.0 + poll, .server_ms = Measured<double>::exact(0.01), .round_trips = 1};
        reading.systems.front().capabilities.set(u"ready"_s, true, u"counted"_s);
        reading.systems.front().capabilities.set(u"scheduled"_s, false, u"not recorded here"_s);
        server->readings.push_back(reading);
    }
    const ServerReading& first = *server->readings.front();
    server->systems = {{first.systems.front().identity, first.systems.front().capabilities}};
    return server;
}

Failure fakeFailure(FailureKind kind) {
    return {kind, u"The fake server failed (%1)."_s.arg(failureKindName(kind)), u"fake: no"_s,
            u"Mend the test."_s};
}

}  // namespace spillway::test
