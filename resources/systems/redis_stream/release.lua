-- Makes one pending entry due for the next consumer that looks for old claims (XAUTOCLAIM, XCLAIM), if it still
-- is as the plan saw it. It keeps its consumer and its delivery count: whoever takes it counts one more, and a
-- consumer that comes back under its name still finds what it holds.
-- KEYS  1 lock of the action  2 stream
-- ARGV  1 token  2 group  3 id  4 consumer, 5 deliveries, 6 time of delivery in ms as seen  7 idle to set, in ms
-- -> "moved", "fenced", "gone", "conflict <why>", "changed <why>" or "failed <why>"
-- uses redis/checks.lua
if call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
if call('TYPE', KEYS[2])['ok'] ~= 'stream' then return 'gone' end
local group, id = ARGV[2], ARGV[3]
local seen = redis.pcall('XPENDING', KEYS[2], group, id, id, 1)
if seen.err then return 'changed ' .. seen.err end
if not seen[1] then return 'gone' end
local owner, idle, deliveries = seen[1][2], seen[1][3], seen[1][4]
if owner ~= ARGV[4] then return 'changed another consumer has it' end
if tostring(deliveries) ~= ARGV[5] then return 'changed it was delivered again' end
if idle >= tonumber(ARGV[7]) then
  return 'conflict it has been due for longer than that: no consumer here looks for old claims'
end
local time = call('TIME')
local at = time[1] * 1000 + math.floor(time[2] / 1000) - idle
if math.abs(at - tonumber(ARGV[6])) > 2000 then return 'changed its consumer has renewed the claim' end
if #call('XRANGE', KEYS[2], id, id) == 0 then return 'gone' end
local write = {'XCLAIM', KEYS[2], group, owner, tostring(idle), id, 'IDLE', ARGV[7], 'RETRYCOUNT',
               tostring(deliveries), 'JUSTID'}
local no = forbidden({write})
if no then return no end
if #call(unpack(write)) == 0 then return 'changed its consumer has renewed the claim' end
return 'moved'
