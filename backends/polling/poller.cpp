#include "backends/polling/poller.h"

#include "backends/health/blindness.h"
#include "backends/health/dead_letter_queue.h"
#include "backends/journal/lost_jobs.h"

namespace spillway {
using namespace Qt::StringLiterals;

namespace {
constexpr int kPollsUntilRightsAreTried = 5;
constexpr std::size_t kMostLostAtOnce = 10'000;

HealthSettings withObjectives(HealthSettings health, const ConnectionSettings& settings) {
    health.objectives = settings.objectives;
    return health;
}

}  // namespace

Poller::Poller(ConnectionSettings settings, std::unique_ptr<QueueBackend> backend, HealthSettings health,
               QObject* parent)
    : QObject(parent), m_settings(std::move(settings)), m_backend(std::move(backend)),
      m_monitor(m_settings.name, m_settings.environment, withObjectives(std::move(health), m_settings)) {}

Poller::~Poller() = default;

void Poller::interrupt() noexcept {
    m_backend->interrupt();
}

void Poller::watchOwnActions(const QString& journalFile) {
    m_own = std::make_unique<OwnMoves>(journalFile, m_settings.name);
    m_journal = journalFile;
}

Outcome<std::vector<DetectedSystem>> Poller::detect() {
    if (!m_open) {
        auto opened = m_backend->open();
        if (!opened) return opened.failure();
        m_server = *opened;
        m_open = true;
    }
    auto systems = m_backend->detect();
    if (!systems) {
        m_open = m_detected = false;
        return systems;
    }
    m_systems = *systems;
    m_detected = true;
    m_pollsWithoutRight = 0;
    return systems;
}

Outcome<Done> Poller::prepare() {
    if (m_open && m_detected && !m_systems.empty()) return Done{};
    const auto systems = detect();
    if (!systems) return systems.failure();
    if (!systems->empty()) return Done{};
    return Failure{FailureKind::no_system,
                   u"%1 has no queue system that Spillway knows."_s.arg(m_server.address),
                   {},
                   u"Check the database, schema or key prefix in the URL; for a jobs table of your own, "
                   "describe it in a mapping file (--mapping FILE)."_s};
}

Outcome<ReadingPtr> Poller::readAndJudge() {
    // Before the reading, so that it holds what is told: a move that it does not hold would seem to have run.
    if (m_own) m_monitor.tellOwnMoves(m_own->take(SystemClock().wallNow(), m_backend->serverId()));
    auto reading = m_backend->read();
    if (!reading && reading.failure().kind == FailureKind::changed) {
        // A migration ran or a grant was lost: look again, once, on the same connection.
        const auto again = detect();
        if (!again) return again.failure();
        reading = m_backend->read();
    }
    if (!reading) return reading.failure();
    ServerReading read = std::move(reading).value();
    markDeadLetterQueues(read, m_settings.deadLetterQueues);
    auto judged = m_monitor.add(read);
    noticeMissingRight(*judged);
    rememberLostJobs();
    return judged;
}

// What cannot be written down is tried again with the next poll; there are few.
void Poller::rememberLostJobs() {
    for (LostJob& job : m_backend->takeLostJobs())
        if (m_lost.size() < kMostLostAtOnce) m_lost.push_back(std::move(job));
    if (m_lost.empty() || m_journal.isEmpty()) return m_lost.clear();
    if (rememberLost(m_journal, m_backend->serverId(), m_lost)) m_lost.clear();
}

// Detection decides what may be asked; a GRANT changes no table, so no read would ever notice it.
void Poller::noticeMissingRight(const Reading& reading) {
    m_pollsWithoutRight = lacksRight(reading) ? m_pollsWithoutRight + 1 : 0;
    if (m_pollsWithoutRight >= kPollsUntilRightsAreTried) m_detected = false;
}

Outcome<ReadingPtr> Poller::pollOnce() {
    if (const auto ready = prepare(); !ready) return ready.failure();
    auto judged = readAndJudge();
    if (!judged) m_open = m_detected = false;
    return judged;
}

namespace {
template <typename T>
Answer answerOf(Outcome<T> outcome) {
    if (!outcome) return outcome.failure();
    return std::move(outcome).value();
}
}  // namespace

Answer Poller::answer(const Inquiry& inquiry) {
    if (const auto ready = prepare(); !ready) return ready.failure();
    struct Ask {
        QueueBackend& backend;
        Answer operator()(const DeadQuery& query) { return answerOf(backend.deadPage(query)); }
        Answer operator()(const DeadGroupsQuery& query) { return answerOf(backend.deadGroups(query)); }
        Answer operator()(const JobQuery& query) { return answerOf(backend.deadJob(query)); }
    };
    return std::visit(Ask{*m_backend}, inquiry);
}

void Poller::ask(quint64 request, const Inquiry& inquiry) {
    emit answered(request, answer(inquiry));
}

void Poller::poll() {
    const auto outcome = pollOnce();
    if (outcome)
        emit polled(*outcome);
    else
        emit failed(outcome.failure());
}

}  // namespace spillway
