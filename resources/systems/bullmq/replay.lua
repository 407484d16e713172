-- Puts one failed job back, as Job.retry() of BullMQ 5 and 6 does, if it still is as the plan saw it.
-- KEYS  1 lock of the action  2 job  3 failed  4 wait  5 paused  6 active  7 prioritized  8 pc  9 marker
--       10 meta  11 events  12 lock of the job; of a child also 13 its parent, and the parent's
--       14 unsuccessful  15 failed  16 dependencies
-- ARGV  1 token  2 id  3 score, 4 atm, 5 ats, 6 parentKey as seen  7 major version of the library
-- -> "moved <finishedOn|processedOn|failedReason as they were>", "fenced", "gone", "changed <why>" or "failed <why>"
local call = redis.call
if call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
local id, major = ARGV[2], tonumber(ARGV[7])
if call('EXISTS', KEYS[2]) == 0 then return 'gone' end
local score = call('ZSCORE', KEYS[3], id)
if not score then return 'changed it is not among the failed any more' end
local seen = call('HMGET', KEYS[2], 'atm', 'ats', 'parentKey', 'priority', 'opts', 'finishedOn', 'processedOn',
                  'failedReason')
if score ~= ARGV[3] or (seen[1] or '') ~= ARGV[4] or (seen[2] or '') ~= ARGV[5] then
  return 'changed it has run again since the plan'
end
if (seen[3] or '') ~= ARGV[6] then return 'changed its parent is another one' end
if call('EXISTS', KEYS[12]) == 1 then return 'changed a worker holds its lock' end

local meta = call('HMGET', KEYS[10], 'paused', 'concurrency', 'opts.maxLenEvents')
local silent = meta[1] or (meta[2] and call('LLEN', KEYS[6]) >= tonumber(meta[2]))
local list = KEYS[4]
if meta[1] and (major < 6 or call('EXISTS', KEYS[5]) == 1) then list = KEYS[5] end
local push = 'LPUSH'
local readable, opts = pcall(cjson.decode, seen[5] or '{}')
if readable and type(opts) == 'table' and opts['lifo'] == true then push = 'RPUSH' end
local priority = tonumber(seen[4] or 0) or 0
local inOrder = major >= 6 and priority > 0
local parent = ARGV[6] ~= '' and call('EXISTS', KEYS[13]) == 1

local function unlike(key, wanted)
  local is = call('TYPE', key)['ok']
  return is ~= 'none' and is ~= wanted
end
if unlike(list, 'list') or unlike(KEYS[7], 'zset') or unlike(KEYS[9], 'zset') or unlike(KEYS[11], 'stream') or
   unlike(KEYS[8], 'string') or
   (parent and (unlike(KEYS[14], 'zset') or unlike(KEYS[15], 'hash') or unlike(KEYS[16], 'set'))) then
  return 'failed a key of the queue has another type than BullMQ gives it'
end
local writes = {{push, list, id}, {'ZADD', KEYS[9], '0', '0'}, {'ZREM', KEYS[3], id},
                {'HDEL', KEYS[2], 'finishedOn'}, {'XADD', KEYS[11], '*', 'event', 'waiting'}}
if inOrder then writes[1] = {'ZADD', KEYS[7], '0', id}; writes[6] = {'INCR', KEYS[8]} end
if not meta[3] then writes[#writes + 1] = {'HSET', KEYS[10], 'opts.maxLenEvents', '10000'} end
if parent then
  writes[#writes + 1] = {'ZREM', KEYS[14], KEYS[2]}
  writes[#writes + 1] = {'HDEL', KEYS[15], KEYS[2]}
  writes[#writes + 1] = {'SADD', KEYS[16], KEYS[2]}
end
for _, write in ipairs(writes) do
  if redis.acl_check_cmd and not redis.acl_check_cmd(unpack(write)) then
    return 'failed the Redis user may not run ' .. write[1] .. ' on ' .. write[2]
  end
end

-- The target first: out of memory, this is what is refused, and nothing has happened.
if inOrder then
  local turn = call('INCR', KEYS[8])
  call('ZADD', KEYS[7], string.format('%.0f', priority * 0x100000000 + turn % 0x100000000), id)
else
  call(push, list, id)
end
if not silent then call('ZADD', KEYS[9], 0, '0') end
if not meta[3] then call('HSET', KEYS[10], 'opts.maxLenEvents', 10000) end
if parent and (call('ZREM', KEYS[14], KEYS[2]) == 1 or call('HDEL', KEYS[15], KEYS[2]) == 1) then
  call('SADD', KEYS[16], KEYS[2])
end
call('XADD', KEYS[11], 'MAXLEN', '~', meta[3] or 10000, '*', 'event', 'waiting', 'jobId', id, 'prev', 'failed')
call('HDEL', KEYS[2], 'finishedOn', 'processedOn', 'failedReason')
call('ZREM', KEYS[3], id)
return 'moved ' .. (seen[6] or '') .. '|' .. (seen[7] or '') .. '|' .. (seen[8] or ''):sub(1, 500)
