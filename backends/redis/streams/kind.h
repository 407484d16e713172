// What the table of kinds knows of Redis Streams.
#pragma once

#include <memory>
#include <vector>

namespace spillway {

struct Capability;
class RedisActor;
class RedisFinder;
struct RedisFinding;

[[nodiscard]] std::unique_ptr<RedisFinder> makeStreamFinder(RedisFinding& finding);
[[nodiscard]] std::unique_ptr<RedisActor> makeStreamActor();
// What can be seen where nothing stands against it, in the order it is listed.
[[nodiscard]] const std::vector<Capability>& streamSignals();

}  // namespace spillway
