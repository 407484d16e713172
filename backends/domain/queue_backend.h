// The two ports. A QueueBackend is one server connection; it holds the QueueSystems found there.
// Everything blocks, and belongs to one thread, except `interrupt()`.
#pragma once

#include <memory>
#include <vector>

#include "backends/domain/inquiry.h"
#include "backends/domain/lost_job.h"
#include "backends/domain/outcome.h"
#include "backends/domain/queue_reading.h"

namespace spillway {

class QueueBackend {
public:
    virtual ~QueueBackend() = default;

    // Connects and identifies the server. Closes an earlier connection first. Respects
    // ConnectionSettings::connectDeadline also against a server that accepts and then says nothing.
    [[nodiscard]] virtual Outcome<ServerInfo> open() = 0;

    // Looks for every supported queue system (or the one asked for). Empty list: connected, nothing
    // found. Must succeed once before read(); called again after a failure of kind `changed`.
    [[nodiscard]] virtual Outcome<std::vector<DetectedSystem>> detect() = 0;

    // One poll of all detected systems, as nearly one moment as the server allows, within
    // ConnectionSettings::pollDeadline. All or nothing: a partial answer is a Failure.
    [[nodiscard]] virtual Outcome<ServerReading> read() = 0;

    // The server as an action names it (ActionPlan::server_id), after open(); empty: not known.
    [[nodiscard]] virtual QString serverId() const { return {}; }
    // Jobs that the last reads saw go with their process, each once. A system that keeps its jobs while they
    // run loses none.
    [[nodiscard]] virtual std::vector<LostJob> takeLostJobs() { return {}; }

    // Questions besides the polls, each bounded and within ConnectionSettings::pollDeadline. Like read()
    // they need a successful detect(). A system that keeps no dead letters answers with an empty page; a
    // filter that names an unknown system or queue likewise.
    [[nodiscard]] virtual Outcome<DeadPage> deadPage(const DeadQuery& query) = 0;
    [[nodiscard]] virtual Outcome<DeadGroups> deadGroups(const DeadGroupsQuery& query) = 0;
    // FailureKind::changed when the job is not among the dead (any more).
    [[nodiscard]] virtual Outcome<JobDetail> deadJob(const JobQuery& query) = 0;

    // Makes a blocking call in progress return soon with FailureKind::cancelled. Any thread. Sticky:
    // later calls fail too, because it is meant for shutting down.
    virtual void interrupt() noexcept = 0;
};

// Creates the right backend for settings.kind; does not connect. Defined in backends/polling.
[[nodiscard]] std::unique_ptr<QueueBackend> createBackend(const ConnectionSettings& settings);

}  // namespace spillway
