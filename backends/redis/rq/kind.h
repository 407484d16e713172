// What the table of kinds knows of RQ.
#pragma once

#include <memory>

namespace spillway {

class RedisActor;
class RedisFinder;
struct RedisFinding;

[[nodiscard]] std::unique_ptr<RedisFinder> makeRqFinder(RedisFinding& finding);
[[nodiscard]] std::unique_ptr<RedisActor> makeRqActor();

}  // namespace spillway
