-- Puts one entry of a dead-letter stream back into its source, with all its fields and a new id, if it is still
-- there. Every group of a stream gets what is added, so the source may have only the one.
-- KEYS  1 lock of the action  2 dead-letter stream  3 source
-- ARGV  1 token  2 id  3 group
-- -> "moved <new id>", "fenced", "gone", "changed <why>" or "failed <why>"
-- uses redis/checks.lua
if call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
if call('TYPE', KEYS[2])['ok'] ~= 'stream' then return 'gone' end
local entry = call('XRANGE', KEYS[2], ARGV[2], ARGV[2])[1]
if not entry then return 'gone' end
if call('TYPE', KEYS[3])['ok'] ~= 'stream' then return 'changed its source is no stream any more' end
local groups = call('XINFO', 'GROUPS', KEYS[3])
if #groups ~= 1 then return 'changed its source is now read by ' .. #groups .. ' groups' end
local name
for i = 1, #groups[1], 2 do
  if groups[1][i] == 'name' then name = groups[1][i + 1] end
end
if name ~= ARGV[3] then return 'changed its source is now read by another group' end
local fields = entry[2]
if #fields > 2000 then return 'failed it has more than 1 000 fields' end
local no = forbidden({{'XADD', KEYS[3], '*', 'f', ''}, {'XDEL', KEYS[2], ARGV[2]}})
if no then return no end
-- The target first: out of memory, this is what is refused, and nothing has happened.
local id = call('XADD', KEYS[3], '*', unpack(fields))
call('XDEL', KEYS[2], ARGV[2])
return 'moved ' .. id
