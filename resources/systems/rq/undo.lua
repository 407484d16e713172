-- Takes back one job that a replay put back: among the failed again as it was, if it still waits as the replay
-- left it.
-- KEYS  1 lock of the action  2 rq:failed:<queue>  3 rq:job:<id>  4 rq:queue:<queue>
-- ARGV  1 token  2 id  3 score as the replay's plan saw it  4 enqueued_at as the replay wrote it  5 enqueued_at,
--       6 started_at, 7 ended_at, 8 exc_info as it found them  9 end of the job's life in ms, or empty
-- -> "moved", "fenced", "gone", "conflict <why>", "changed <why>" or "failed <why>"
-- uses redis/checks.lua
if call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
local id = ARGV[2]
if call('EXISTS', KEYS[3]) == 0 then return 'gone' end
local seen = call('HMGET', KEYS[3], 'status', 'enqueued_at')
if seen[1] ~= 'queued' then return 'changed its status is ' .. (seen[1] or 'not recorded') end
if seen[2] ~= ARGV[4] then return 'changed it was put back again since' end
if unlike(KEYS[2], 'zset') or unlike(KEYS[4], 'list') then
  return 'failed a key of the queue has another type than RQ gives it'
end
if not call('LPOS', KEYS[4], id) then return 'changed it does not wait any more' end
local now = call('TIME')
if ARGV[9] ~= '' and tonumber(ARGV[9]) <= now[1] * 1000 then
  return 'conflict RQ would delete it at once: the time for which it is kept is over'
end
local writes = {{'ZADD', KEYS[2], ARGV[3], id},
                {'HSET', KEYS[3], 'status', 'failed', 'enqueued_at', ARGV[5], 'started_at', ARGV[6], 'ended_at', ARGV[7]},
                ARGV[8] ~= '' and {'HSET', KEYS[3], 'exc_info', ARGV[8]} or {'HDEL', KEYS[3], 'exc_info'},
                {'LREM', KEYS[4], '1', id}}
if ARGV[9] ~= '' then writes[5] = {'PEXPIREAT', KEYS[3], ARGV[9]} end
local no = forbidden(writes)
if no then return no end
-- The target first: out of memory, this is what is refused, and nothing has happened.
for _, write in ipairs(writes) do call(unpack(write)) end
return 'moved'
