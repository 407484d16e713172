-- KEYS: id, wait, events, marker, meta   ARGV: key head, job name, attempts, backoff ms, n, now ms, spread ms
-- Adds n jobs, the oldest created `spread` ms ago. A paused queue gets no marker.
local head, n, now, spread = ARGV[1], tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local opts = '{"attempts":' .. ARGV[3] .. ',"backoff":{"type":"exponential","delay":' .. ARGV[4] .. '}}'
for i = 1, n do
    local id = redis.call('INCR', KEYS[1])
    local created = string.format('%.0f', now - spread * (1 - i / n))
    redis.call('HSET', head .. id, 'name', ARGV[2], 'data', '{"number":' .. id .. '}', 'opts', opts,
        'timestamp', created, 'delay', 0, 'priority', 0)
    redis.call('LPUSH', KEYS[2], id)
    redis.call('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*', 'event', 'added', 'jobId', id, 'name', ARGV[2])
end
if n > 0 and redis.call('HEXISTS', KEYS[5], 'paused') == 0 then redis.call('ZADD', KEYS[4], 0, '0') end
return n
