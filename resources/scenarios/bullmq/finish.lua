-- KEYS: active, completed, failed, delayed, events, metrics:completed, metrics:failed
-- ARGV: key head, now ms, run ms, failing of 100, attempts, backoff ms, completed jobs to keep
-- Ends what has run long enough: well, with another attempt after a pause, or for good.
local head, now = ARGV[1], tonumber(ARGV[2])
local function event(name, id) redis.call('XADD', KEYS[5], 'MAXLEN', '~', 10000, '*', 'event', name, 'jobId', id) end
local function ended(key, metrics, id, field, text)
    redis.call('ZADD', key, ARGV[2], id)
    redis.call('HSET', head .. id, 'finishedOn', ARGV[2], field, text)
    redis.call('HINCRBY', metrics, 'count', 1)
end
math.randomseed(now % 1000003)
while true do
    local id = redis.call('LINDEX', KEYS[1], -1)
    if not id or now - tonumber(redis.call('HGET', head .. id, 'processedOn')) < tonumber(ARGV[3]) then break end
    redis.call('RPOP', KEYS[1])
    redis.call('DEL', head .. id .. ':lock')
    local made = redis.call('HINCRBY', head .. id, 'atm', 1)
    if math.random(100) > tonumber(ARGV[4]) then
        ended(KEYS[2], KEYS[6], id, 'returnvalue', 'null')
        event('completed', id)
    elseif made < tonumber(ARGV[5]) then
        local delay = math.floor(tonumber(ARGV[6]) * 2 ^ (made - 1) * (0.8 + 0.4 * math.random()))
        redis.call('ZADD', KEYS[4], string.format('%.0f', (now + delay) * 4096 + tonumber(id) % 4096), id)
        redis.call('HSET', head .. id, 'delay', delay, 'failedReason', 'upstream answered 503')
        event('delayed', id)
    else
        ended(KEYS[3], KEYS[7], id, 'failedReason', 'upstream answered 503')
        event('failed', id)
    end
end
while redis.call('ZCARD', KEYS[2]) > tonumber(ARGV[7]) do
    redis.call('DEL', head .. redis.call('ZPOPMIN', KEYS[2])[1])
end
return 0
