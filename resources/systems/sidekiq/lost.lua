-- Puts one job back that went with the process that ran it, with the bytes that it had in its queue, once.
-- KEYS  1 lock of the action  2 queue:<queue>  3 queues  4 spillway:lost:<jid>
-- ARGV  1 token  2 the job  3 queue
-- -> "moved", "fenced", "changed <why>" or "failed <why>"
-- uses redis/checks.lua
if call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
if call('EXISTS', KEYS[4]) == 1 then return 'changed it was put back before' end
if unlike(KEYS[2], 'list') or unlike(KEYS[3], 'set') then
  return 'failed a key of the queue has another type than Sidekiq gives it'
end
if call('LPOS', KEYS[2], ARGV[2]) then return 'changed it waits in its queue again' end
-- The mark outlives the memory of those who might put it back, by a day.
local writes = {{'LPUSH', KEYS[2], ARGV[2]}, {'SADD', KEYS[3], ARGV[3]}, {'SET', KEYS[4], '1', 'EX', '691200'}}
local no = forbidden(writes)
if no then return no end
-- The target first: out of memory, this is what is refused, and nothing has happened.
for _, write in ipairs(writes) do call(unpack(write)) end
return 'moved'
