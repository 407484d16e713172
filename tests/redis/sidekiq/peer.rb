# The real Sidekiq library, driven by one JSON request a line on stdin.   ruby peer.rb
require 'json'
require_relative 'jobs'
require 'sidekiq/api'

def push(request)
  options = { 'class' => request.fetch('class', 'QuickJob'), 'queue' => request.fetch('queue', 'default'),
              'args' => [request['data']].compact }
  options['retry'] = request['retry'] if request.key?('retry')
  options['jid'] = request['jid'] if request.key?('jid')
  options['at'] = Time.now.to_f + request['in'] if request['in']
  request.fetch('count', 1).times { Sidekiq::Client.push(options) }
  {}
end

# What the library itself reports.
def stats(_)
  stats = Sidekiq::Stats.new
  queues = Sidekiq::Queue.all.to_h { |queue| [queue.name, queue.size] }
  { processed: stats.processed, failed: stats.failed, enqueued: stats.enqueued, scheduled: stats.scheduled_size,
    retry: stats.retry_size, dead: stats.dead_size, processes: stats.processes_size, queues: queues,
    concurrency: Sidekiq::ProcessSet.new.sum { |process| process['concurrency'] },
    busy: Sidekiq::Workers.new.size }
end

def latency(request)
  { latency: Sidekiq::Queue.new(request['queue']).latency }
end

def dead(_)
  oldest = Sidekiq::DeadSet.new.min_by(&:score)
  { oldest: oldest ? oldest.score : 0 }
end

# The library's own retry of a dead job.
def retryDead(request)
  Sidekiq::DeadSet.new.find_job(request['jid']).retry
  {}
end

# "retry now" of a job that waits for its retry.
def retryNow(request)
  Sidekiq::RetrySet.new.find_job(request['jid']).retry
  {}
end

def retryAllDead(_)
  Sidekiq::DeadSet.new.retry_all
  {}
end

# The job waits for a retry in ten minutes.
def retryLater(request)
  Sidekiq::RetrySet.new.schedule(Time.now.to_f + 600, request.slice('class', 'queue', 'jid').merge('args' => []))
  {}
end

def quiet(_)
  Sidekiq::ProcessSet.new.each(&:quiet!)
  {}
end

# Retries go to their queues now, their attempts kept.
def hurry(_)
  Sidekiq::RetrySet.new.each(&:add_to_queue)
  {}
end

# Jobs in retry run now; those that fail with their last attempt die.
def kill_retries(_)
  Sidekiq::RetrySet.new.each(&:kill)
  {}
end

$stdout.sync = true
$stdin.each_line do |line|
  request = JSON.parse(line)
  begin
    puts JSON.generate({ ok: true }.merge(send(request['do'], request)))
  rescue StandardError => e
    puts JSON.generate(ok: false, error: e.message)
  end
end
