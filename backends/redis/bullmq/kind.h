// What the table of kinds knows of BullMQ.
#pragma once

#include <memory>

namespace spillway {

class RedisActor;
class RedisFinder;
struct RedisFinding;

[[nodiscard]] std::unique_ptr<RedisFinder> makeBullmqFinder(RedisFinding& finding);
[[nodiscard]] std::unique_ptr<RedisActor> makeBullmqActor();

}  // namespace spillway
