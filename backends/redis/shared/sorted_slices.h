// What is read of a sorted set that may be too large to be read whole.
#pragma once

#include <vector>

#include "backends/redis/wire/reply.h"

namespace spillway {

// ZRANGE … WITHSCORES: one for all of a set of at most `most` entries, otherwise ten slices that stand evenly
// between its ends and have `most` entries together.
[[nodiscard]] std::vector<RedisCommand> wholeOrSlices(const QByteArray& key, qint64 size, qint64 most);

}  // namespace spillway
