-- Takes back one job that a replay put back: among the failed again as it was, if it still waits and no worker
-- has taken it. A child whose parent waits for it again is left.
-- KEYS  1 lock of the action  2 job  3 failed  4 wait  5 paused  6 prioritized  7 meta  8 events
--       9 lock of the job; of a child also 10 its parent
-- ARGV  1 token  2 id  3 score, 4 atm, 5 ats as the replay's plan saw them  6 finishedOn, 7 processedOn,
--       8 failedReason as the replay found them
-- -> "moved", "fenced", "gone", "changed <why>" or "failed <why>"
-- uses redis/checks.lua
if call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
local id = ARGV[2]
if call('EXISTS', KEYS[2]) == 0 then return 'gone' end
if call('ZSCORE', KEYS[3], id) then return 'changed it failed again' end
local seen = call('HMGET', KEYS[2], 'atm', 'ats', 'processedOn')
if (seen[1] or '') ~= ARGV[4] or (seen[2] or '') ~= ARGV[5] or seen[3] or call('EXISTS', KEYS[9]) == 1 then
  return 'changed a worker has taken it'
end
if KEYS[10] and call('EXISTS', KEYS[10]) == 1 then return 'changed its parent waits for it again' end
if unlike(KEYS[3], 'zset') or unlike(KEYS[4], 'list') or unlike(KEYS[5], 'list') or unlike(KEYS[6], 'zset') or
   unlike(KEYS[8], 'stream') then
  return 'failed a key of the queue has another type than BullMQ gives it'
end
local remove
if call('ZSCORE', KEYS[6], id) then remove = {'ZREM', KEYS[6], id} end
for i = 4, 5 do
  if not remove and call('LPOS', KEYS[i], id) then remove = {'LREM', KEYS[i], '1', id} end
end
if not remove then return 'changed it does not wait any more' end
local most = call('HGET', KEYS[7], 'opts.maxLenEvents') or '10000'
local writes = {{'ZADD', KEYS[3], ARGV[3], id},
                {'HSET', KEYS[2], 'finishedOn', ARGV[6], 'processedOn', ARGV[7], 'failedReason', ARGV[8]},
                {'XADD', KEYS[8], 'MAXLEN', '~', most, '*', 'event', 'failed', 'jobId', id, 'failedReason', ARGV[8],
                 'prev', 'waiting'}, remove}
local no = forbidden(writes)
if no then return no end
-- The target first: out of memory, this is what is refused, and nothing has happened.
for _, write in ipairs(writes) do call(unpack(write)) end
return 'moved'
