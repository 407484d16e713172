// Acting on the queue systems of one Redis database: replay and release, each job by one script that compares
// and sets. A session of its own; nothing that polls includes this.
//
// server_id is redisServerId(). The pins are the digest of the script and the queue's key. The lock is
// the key "spillway:lock:<system>:<queue>" with a token, a life of 30 s; every script compares the token
// again, so that a console that lost its lock cannot write any more. An undo needs what the script of the
// replay answered about each job (RowResult::undo_token): what is not kept cannot be given back.
#pragma once

#include <memory>

#include "backends/remediation/acting_backend.h"

namespace spillway {

[[nodiscard]] std::unique_ptr<ActingBackend> makeRedisActingBackend(const ConnectionSettings& settings);

}  // namespace spillway
