-- Puts one stalled job back, as the stalled check of BullMQ 5 and 6 does, counted, if its lock is gone and it
-- still is as the plan saw it.
-- KEYS  1 lock of the action  2 job  3 lock of the job  4 active  5 wait  6 paused  7 marker  8 meta  9 events
--       10 stalled  11 repeat  12 repeat:<scheduler>
-- ARGV  1 token  2 id  3 processedOn, 4 ats, 5 stc, 6 rjk as seen  7 major version of the library  8 stalls that
--       a job may have
-- -> "moved", "fenced", "gone", "changed <why>" or "failed <why>"
-- uses redis/checks.lua
if call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
local id, major = ARGV[2], tonumber(ARGV[7])
if call('EXISTS', KEYS[2]) == 0 then return 'gone' end
if call('EXISTS', KEYS[3]) == 1 then return 'changed a worker holds its lock' end
local seen = call('HMGET', KEYS[2], 'processedOn', 'ats', 'stc', 'rjk')
for i = 1, 4 do
  if (seen[i] or '') ~= ARGV[i + 2] then return 'changed it was taken or moved again since the plan' end
end
if not call('LPOS', KEYS[4], id) then return 'changed it is not active any more' end

local meta = call('HMGET', KEYS[8], 'paused', 'concurrency', 'opts.maxLenEvents')
local silent = meta[1] or (meta[2] and call('LLEN', KEYS[4]) - 1 >= tonumber(meta[2]))
local list = KEYS[5]
if meta[1] and (major < 6 or call('EXISTS', KEYS[6]) == 1) then list = KEYS[6] end
local scheduled = ARGV[6] ~= '' and (call('EXISTS', KEYS[12]) == 1 or call('ZSCORE', KEYS[11], ARGV[6]))

if unlike(list, 'list') or unlike(KEYS[7], 'zset') or unlike(KEYS[9], 'stream') or unlike(KEYS[10], 'set') or
   not (seen[3] or '0'):match('^%d+$') then
  return 'failed a key of the queue has another type than BullMQ gives it'
end
local writes = {{'RPUSH', list, id}, {'ZADD', KEYS[7], '0', '0'}, {'HINCRBY', KEYS[2], 'stc', '1'},
                {'HSET', KEYS[2], 'defa', ''}, {'XADD', KEYS[9], '*', 'event', 'stalled'},
                {'SREM', KEYS[10], id}, {'LREM', KEYS[4], '1', id}}
local no = forbidden(writes)
if no then return no end

-- The target first: out of memory, this is what is refused, and nothing has happened.
call('RPUSH', list, id)
local stalls = call('HINCRBY', KEYS[2], 'stc', 1)
if stalls > tonumber(ARGV[8]) and not scheduled then
  call('HSET', KEYS[2], 'defa', 'job stalled more than allowable limit')
end
if not silent then call('ZADD', KEYS[7], 0, '0') end
local most = meta[3] or 10000
call('XADD', KEYS[9], 'MAXLEN', '~', most, '*', 'event', 'waiting', 'jobId', id, 'prev', 'active')
call('XADD', KEYS[9], 'MAXLEN', '~', most, '*', 'event', 'stalled', 'jobId', id)
call('SREM', KEYS[10], id)
call('LREM', KEYS[4], 1, id)
return 'moved'
