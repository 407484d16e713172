#include "backends/redis/acting/actor.h"

namespace spillway {
using namespace Qt::StringLiterals;

std::optional<int> RedisActor::remaining(const DeadJob& job) const {
    if (!job.attempts || !job.max_attempts) return std::nullopt;
    return std::max(1, *job.max_attempts - *job.attempts);
}

}  // namespace spillway
