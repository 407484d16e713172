// What the table of kinds knows of Sidekiq.
#pragma once

#include <memory>

namespace spillway {

class RedisActor;
class RedisFinder;
struct RedisFinding;

[[nodiscard]] std::unique_ptr<RedisFinder> makeSidekiqFinder(RedisFinding& finding);
[[nodiscard]] std::unique_ptr<RedisActor> makeSidekiqActor();

}  // namespace spillway
