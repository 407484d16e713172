# The workers of the Sidekiq tests; also loaded by the real `sidekiq -r` process. SPILLWAY_REDIS is its URL.
require 'sidekiq'

redis = { url: ENV.fetch('SPILLWAY_REDIS') }
Sidekiq.configure_client { |config| config.redis = redis }
Sidekiq.configure_server do |config|
  config.redis = redis
  # It tells what it does with each beat only: no test should wait 5 s for the next.
  Sidekiq::Launcher.send(:remove_const, :BEAT_PAUSE)
  Sidekiq::Launcher.const_set(:BEAT_PAUSE, 0.5)
end
Sidekiq.logger.level = Logger::ERROR

class QuickJob
  include Sidekiq::Worker
  def perform(*); end
end

class FailingJob
  include Sidekiq::Worker
  def perform(*)
    raise 'no route to the bank'
  end
end

# Counts in test:executions and test:jids what really ran.
class CountedJob
  include Sidekiq::Worker
  sidekiq_options retry: 3
  def perform(*)
    Sidekiq.redis { |redis| redis.pipelined { |pipe| pipe.incr('test:executions'); pipe.sadd('test:jids', jid) } }
    raise 'no route to the bank'
  end
end

class SlowJob
  include Sidekiq::Worker
  def perform(*)
    sleep 600
  end
end

# Hangs while test:hang is there; then it counts as CountedJob does, and succeeds.
class HangingJob
  include Sidekiq::Worker
  def perform(*)
    sleep 600 if Sidekiq.redis { |redis| redis.get('test:hang') }
    Sidekiq.redis { |redis| redis.pipelined { |pipe| pipe.incr('test:executions'); pipe.sadd('test:jids', jid) } }
  end
end
