local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
local job = redis.call('RPOP', KEYS[1])
if not job then -- one whose worker died: its lease has run out
  job = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 1)[1]
end
if not job then return nil end
redis.call('ZADD', KEYS[2], now + ARGV[2], job)
redis.call('HSET', KEYS[3], job, ARGV[1])
return job
