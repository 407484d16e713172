// A connection tried step by step: how far it came, in the server's words, and what to do next. Values.
#pragma once

#include "backends/domain/failure.h"
#include "backends/domain/queue_reading.h"

namespace spillway {

enum class TrialStage { name, tcp, tls, login, rights, systems };
enum class StageEnd { ok, failed, skipped };

struct StageResult {
    TrialStage stage = TrialStage::name;
    StageEnd end = StageEnd::ok;
    QString what;         // a sentence: what was found, or why it was skipped
    QString server_said;  // may be empty
    QString next_step;    // may be empty
    double ms = 0;

    bool operator==(const StageResult&) const = default;
};

struct ConnectionTrial {
    std::vector<StageResult> stages;  // all six, in their order
    std::optional<Failure> failure;   // of the stage that ended it; a missing right ends nothing
    int exit_code = 0;                // as the contract has it
    ServerInfo server;                // from the login on
    std::vector<DetectedSystem> systems;

    bool operator==(const ConnectionTrial&) const = default;
};

[[nodiscard]] inline QString stageName(TrialStage stage) {
    constexpr const char16_t* names[] = {u"name", u"tcp", u"tls", u"login", u"rights", u"systems"};
    return QString::fromUtf16(names[static_cast<int>(stage)]);
}
[[nodiscard]] inline QString stageEndName(StageEnd end) {
    constexpr const char16_t* names[] = {u"ok", u"failed", u"skipped"};
    return QString::fromUtf16(names[static_cast<int>(end)]);
}

}  // namespace spillway
