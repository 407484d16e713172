// What the table of kinds knows of Redis Streams.
#pragma once

#include <memory>

namespace spillway {

class RedisActor;
class RedisFinder;
struct RedisFinding;

[[nodiscard]] std::unique_ptr<RedisFinder> makeStreamFinder(RedisFinding& finding);
[[nodiscard]] std::unique_ptr<RedisActor> makeStreamActor();

}  // namespace spillway
