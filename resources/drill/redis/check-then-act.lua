local job = redis.call('LINDEX', KEYS[1], -1)
if job then return job end
local now = redis.call('TIME')
return redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now[1] * 1000 + math.floor(now[2] / 1000), 'LIMIT', 0, 1)[1]
-- then
local now = redis.call('TIME')
if redis.call('LINDEX', KEYS[1], -1) == ARGV[3] then redis.call('RPOP', KEYS[1]) end
redis.call('ZADD', KEYS[2], now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[2], ARGV[3])
redis.call('HSET', KEYS[3], ARGV[3], ARGV[1])
return ARGV[3]
