-- Takes back one job that a replay put back, if its bytes still wait in the queue.
-- KEYS  1 lock of the action  2 set it came from (dead or retry)  3 queue:<queue>
-- ARGV  1 token  2 the job as it waits  3 the member as it was  4 its score
-- -> "moved", "fenced", "changed <why>" or "failed <why>"
-- uses redis/checks.lua
if call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
if unlike(KEYS[2], 'zset') or unlike(KEYS[3], 'list') then
  return 'failed a key of the queue has another type than Sidekiq gives it'
end
if not call('LPOS', KEYS[3], ARGV[2]) then return 'changed a worker has taken it' end
local writes = {{'ZADD', KEYS[2], ARGV[4], ARGV[3]}, {'LREM', KEYS[3], '1', ARGV[2]}}
local no = forbidden(writes)
if no then return no end
-- The target first: out of memory, this is what is refused, and nothing has happened.
for _, write in ipairs(writes) do call(unpack(write)) end
return 'moved'
