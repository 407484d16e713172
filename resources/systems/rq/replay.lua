-- Puts one failed job back into its queue, as "requeue" of RQ does, if it still is as the plan saw it.
-- KEYS  1 lock of the action  2 rq:failed:<queue>  3 rq:job:<id>  4 rq:queue:<queue>  5 rq:queues
-- ARGV  1 token  2 id  3 score as seen  4 now, as RQ writes it  5 queue  6 an empty error, packed
-- -> "moved <enqueued_at as written, then as they were enqueued_at|started_at|ended_at|end of life|exc_info in
--    hex>", "fenced", "gone", "changed <why>" or "failed <why>"
-- uses redis/checks.lua
if call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
local id = ARGV[2]
if call('EXISTS', KEYS[3]) == 0 then return 'gone' end
local score = call('ZSCORE', KEYS[2], id)
if not score then return 'changed it is not among the failed any more' end
if score ~= ARGV[3] then return 'changed it failed again since the plan' end
local seen = call('HMGET', KEYS[3], 'status', 'origin', 'ttl', 'enqueued_at', 'started_at', 'ended_at', 'exc_info')
if seen[1] ~= 'failed' then return 'changed its status is ' .. (seen[1] or 'not recorded') end
if seen[2] ~= ARGV[5] then return 'changed it belongs to another queue' end
if unlike(KEYS[4], 'list') or unlike(KEYS[5], 'set') then
  return 'failed a key of the queue has another type than RQ gives it'
end
local writes = {{'RPUSH', KEYS[4], id}, {'HSET', KEYS[3], 'status', 'queued'}, {'SADD', KEYS[5], KEYS[4]},
                {'PERSIST', KEYS[3]}, {'EXPIRE', KEYS[3], '1'}, {'ZREM', KEYS[2], id}}
local no = forbidden(writes)
if no then return no end
-- For an undo. A longer error than this stays behind.
local left, now, error = call('PTTL', KEYS[3]), call('TIME'), seen[7] or ''
local before = {ARGV[4], seen[4] or '', seen[5] or '', seen[6] or '',
                left > 0 and string.format('%.0f', now[1] * 1000 + left) or '',
                #error <= 2000 and error:gsub('.', function(c) return string.format('%02x', c:byte()) end) or ''}
-- The target first: out of memory, this is what is refused, and nothing has happened.
call('RPUSH', KEYS[4], id)
call('HSET', KEYS[3], 'status', 'queued', 'enqueued_at', ARGV[4], 'started_at', '', 'ended_at', '',
     'exc_info', ARGV[6])
call('SADD', KEYS[5], KEYS[4])
-- A failed job's hash expires; one that waits must not.
local ttl = tonumber(seen[3] or '')
if ttl and ttl > 0 then call('EXPIRE', KEYS[3], ttl) else call('PERSIST', KEYS[3]) end
call('ZREM', KEYS[2], id)
return 'moved ' .. table.concat(before, '|')
