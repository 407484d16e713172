// Is there a Sidekiq under this key prefix? Told apart from Resque and Faktory, whose keys look alike.
#pragma once

#include <functional>

#include "backends/redis/wire/pipeline.h"

namespace spillway {

// Appends what has to be asked; calls `found` in this or the next round if it is Sidekiq, or `denied`
// with the reason if the user may not even ask. `nameSpace` is empty for the plain keys.
void askForSidekiq(RedisPipeline& pipeline, const QByteArray& nameSpace, const std::function<void()>& found,
                   const std::function<void(const QString&)>& denied);

}  // namespace spillway
