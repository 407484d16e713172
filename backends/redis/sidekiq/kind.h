// What the table of kinds knows of Sidekiq.
#pragma once

#include <memory>
#include <vector>

namespace spillway {

struct Capability;
class RedisActor;
class RedisFinder;
struct RedisFinding;

[[nodiscard]] std::unique_ptr<RedisFinder> makeSidekiqFinder(RedisFinding& finding);
[[nodiscard]] std::unique_ptr<RedisActor> makeSidekiqActor();
// What can be seen where nothing stands against it, in the order it is listed.
[[nodiscard]] const std::vector<Capability>& sidekiqSignals();

}  // namespace spillway
