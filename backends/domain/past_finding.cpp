#include "backends/domain/past_finding.h"

namespace spillway {

Finding pastFinding(const FindingRun& run) {
    Finding finding;
    finding.id = run.span.id;
    finding.severity = run.severity;
    finding.connection = run.connection;
    finding.system = run.system;
    finding.queue = run.queue;
    finding.title = run.title;
    finding.sentence = run.sentence;
    finding.since = run.span.since;
    return finding;
}

}  // namespace spillway
