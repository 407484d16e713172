// What the commands about the history share.
#pragma once

#include <memory>
#include <string>

#include "backends/history/history_store.h"

namespace spillway {

struct Span {
    ServerTime from;
    ServerTime to;
};
// From `from` to `to` as people type them; `length` before the end where no beginning is given. The newest
// polls carry the server's clock, which may be a little ahead of ours: an open end is a minute from now.
[[nodiscard]] Outcome<Span> spanFromText(const std::string& from, const std::string& to,
                                         std::chrono::milliseconds length);
[[nodiscard]] Failure wrongTime(const std::string& text);

[[nodiscard]] QString recordedName(const std::string& given);  // "@prod" is recorded as "prod"
[[nodiscard]] QString historyPath(const std::string& given);   // empty: the usual one
// Without keeping anybody from recording. Failure: there is none yet.
[[nodiscard]] Outcome<std::unique_ptr<HistoryStore>> openHistoryToLook(const QString& path);

}  // namespace spillway
