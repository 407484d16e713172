-- KEYS: wait, active, delayed, events, meta   ARGV: key head, n, now ms, lock token, lock ms, worker name
-- Promotes what is due, then claims up to n jobs: one atomic step.
local head, now = ARGV[1], tonumber(ARGV[3])
if redis.call('HEXISTS', KEYS[5], 'paused') == 1 then return 0 end
for _, id in ipairs(redis.call('ZRANGE', KEYS[3], '-inf', string.format('%.0f', now * 4096 + 4095), 'BYSCORE', 'LIMIT', 0, 1000)) do
    redis.call('ZREM', KEYS[3], id)
    redis.call('LPUSH', KEYS[1], id)
    redis.call('HSET', head .. id, 'delay', 0)
    redis.call('XADD', KEYS[4], 'MAXLEN', '~', 10000, '*', 'event', 'waiting', 'jobId', id, 'prev', 'delayed')
end
for claimed = 1, tonumber(ARGV[2]) do
    local id = redis.call('RPOPLPUSH', KEYS[1], KEYS[2])
    if not id then return claimed - 1 end
    redis.call('SET', head .. id .. ':lock', ARGV[4], 'PX', ARGV[5])
    redis.call('HSET', head .. id, 'processedOn', ARGV[3], 'pb', ARGV[6])
    redis.call('HINCRBY', head .. id, 'ats', 1)
    redis.call('XADD', KEYS[4], 'MAXLEN', '~', 10000, '*', 'event', 'active', 'jobId', id, 'prev', 'waiting')
end
return tonumber(ARGV[2])
