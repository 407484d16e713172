// What the table of kinds knows of BullMQ.
#pragma once

#include <memory>
#include <vector>

namespace spillway {

struct Capability;
class RedisActor;
class RedisFinder;
struct RedisFinding;

[[nodiscard]] std::unique_ptr<RedisFinder> makeBullmqFinder(RedisFinding& finding);
[[nodiscard]] std::unique_ptr<RedisActor> makeBullmqActor();
// What can be seen where nothing stands against it, in the order it is listed.
[[nodiscard]] const std::vector<Capability>& bullmqSignals();

}  // namespace spillway
