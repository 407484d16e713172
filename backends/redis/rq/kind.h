// What the table of kinds knows of RQ.
#pragma once

#include <memory>
#include <vector>

namespace spillway {

struct Capability;
class RedisActor;
class RedisFinder;
struct RedisFinding;

[[nodiscard]] std::unique_ptr<RedisFinder> makeRqFinder(RedisFinding& finding);
[[nodiscard]] std::unique_ptr<RedisActor> makeRqActor();
// What can be seen where nothing stands against it, in the order it is listed.
[[nodiscard]] const std::vector<Capability>& rqSignals();

}  // namespace spillway
