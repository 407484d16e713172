-- Puts one dead job back into its queue, as "retry" of Sidekiq does, if its bytes and its score still are as
-- the plan saw them. The new bytes are made outside: a round trip through Lua's JSON would change numbers.
-- KEYS  1 lock of the action  2 dead  3 queue:<queue>  4 queues
-- ARGV  1 token  2 the member  3 its score as seen  4 the job as it goes into the queue  5 queue
-- -> "moved", "fenced", "gone", "changed <why>" or "failed <why>"
-- uses redis/checks.lua
if call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
local score = call('ZSCORE', KEYS[2], ARGV[2])
if not score then return 'gone' end
if score ~= ARGV[3] then return 'changed it died again since the plan' end
if unlike(KEYS[3], 'list') or unlike(KEYS[4], 'set') then
  return 'failed a key of the queue has another type than Sidekiq gives it'
end
local no = forbidden({{'LPUSH', KEYS[3], ''}, {'SADD', KEYS[4], ARGV[5]}, {'ZREM', KEYS[2], ''}})
if no then return no end
-- The target first: out of memory, this is what is refused, and nothing has happened.
call('LPUSH', KEYS[3], ARGV[4])
call('SADD', KEYS[4], ARGV[5])
call('ZREM', KEYS[2], ARGV[2])
return 'moved'
