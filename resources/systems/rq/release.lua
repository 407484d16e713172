-- Puts one abandoned job back into its queue, if its claim has run out, its worker is gone (or runs another job)
-- and it still is as the plan saw it. Spends a retry, as RQ's own maintenance does; without one left RQ would
-- fail the job, so it is left to that.
-- KEYS  1 lock of the action  2 rq:wip:<queue>  3 rq:job:<id>  4 rq:queue:<queue>  5 rq:queues
--       6 rq:worker:<name>  7 rq:execution:<member>  8 rq:executions:<id>  9 rq:queue:<queue>:intermediate
-- ARGV  1 token  2 id  3 member of rq:wip  4 its score, 5 worker as seen  6 now, as RQ writes it  7 execution
-- -> "moved", "fenced", "gone", "conflict <why>", "changed <why>" or "failed <why>"
-- uses redis/checks.lua
if call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
local id = ARGV[2]
if call('EXISTS', KEYS[3]) == 0 then return 'gone' end
local score = call('ZSCORE', KEYS[2], ARGV[3])
if not score then return 'changed it does not run any more' end
if score ~= ARGV[4] then return 'changed its worker has renewed the claim' end
if tonumber(score) > tonumber(call('TIME')[1]) then return 'changed its claim has not run out' end
local seen = call('HMGET', KEYS[3], 'worker_name', 'retries_left', 'status')
if (seen[1] or '') ~= ARGV[5] then return 'changed another worker has it' end
if seen[3] ~= 'started' then return 'changed its status is ' .. (seen[3] or 'not recorded') end
local current = call('HGET', KEYS[6], 'current_job')
if call('EXISTS', KEYS[6]) == 1 and (not current or current == '' or current == id) then
  return 'changed its worker is alive'
end
local left = tonumber(seen[2] or '') or 0
if left < 1 then return 'conflict it has no retry left: RQ itself moves it to the failed jobs' end
if unlike(KEYS[4], 'list') or unlike(KEYS[5], 'set') or unlike(KEYS[8], 'zset') or unlike(KEYS[9], 'list') then
  return 'failed a key of the queue has another type than RQ gives it'
end
local writes = {{'RPUSH', KEYS[4], id}, {'HSET', KEYS[3], 'status', 'queued'}, {'SADD', KEYS[5], KEYS[4]},
                {'ZREM', KEYS[2], ARGV[3]}, {'DEL', KEYS[7]}, {'ZREM', KEYS[8], ''}, {'LREM', KEYS[9], '1', id}}
local no = forbidden(writes)
if no then return no end
-- The target first: out of memory, this is what is refused, and nothing has happened.
call('RPUSH', KEYS[4], id)
call('HSET', KEYS[3], 'status', 'queued', 'enqueued_at', ARGV[6], 'retries_left', left - 1)
call('SADD', KEYS[5], KEYS[4])
call('LREM', KEYS[9], 1, id)
if ARGV[7] ~= '' then
  call('DEL', KEYS[7])
  call('ZREM', KEYS[8], ARGV[7])
end
call('ZREM', KEYS[2], ARGV[3])
return 'moved'
