-- Puts failed jobs back, as Job.retry() of BullMQ 5 and 6 does, each if it still is as the plan saw it.
-- KEYS  1 lock of the action  2 failed  3 wait  4 paused  5 active  6 prioritized  7 pc  8 marker  9 meta
--       10 events; for each job the job and its lock; then, once for each parent that a job has, the parent and its
--       unsuccessful, failed and dependencies
-- ARGV  1 token  2 major version of the library; then for each job "score|atm|ats|parentKey" as seen
-- -> "fenced", or for each job "moved <finishedOn|processedOn|failedReason as they were>", "gone", "changed <why>" or "failed <why>"
-- uses redis/checks.lua
if call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
local failed, prioritized, pc, marker, events = KEYS[2], KEYS[6], KEYS[7], KEYS[8], KEYS[10]
local major = tonumber(ARGV[2])
local meta = call('HMGET', KEYS[9], 'paused', 'concurrency', 'opts.maxLenEvents')
local silent = meta[1] or (meta[2] and call('LLEN', KEYS[5]) >= tonumber(meta[2]))
local list = KEYS[3]
if meta[1] and (major < 6 or call('EXISTS', KEYS[4]) == 1) then list = KEYS[4] end

local odd = 'failed a key of the queue has another type than BullMQ gives it'
local queueWrites = {{'ZADD', marker, '0', '0'}, {'ZREM', failed, '1'}, {'XADD', events, '*', 'event', 'waiting'}}
if not meta[3] then queueWrites[4] = {'HSET', KEYS[9], 'opts.maxLenEvents', '10000'} end
local function queueRefuses()
  if unlike(list, 'list') or unlike(prioritized, 'zset') or unlike(marker, 'zset') or unlike(events, 'stream') or
     unlike(pc, 'string') then
    return odd
  end
  return forbidden(queueWrites)
end

-- Why what is written for a job that waits by `way` may not be: asked once for each way. Of the single keys the
-- server has asked before it ran this.
local refusals = {}
local function refused(way, key, id)
  if refusals[way] ~= nil then return refusals[way] end
  local no = queueRefuses() or forbidden({{'HDEL', key, 'finishedOn'}})
  if way == 'ZADD' then
    no = no or forbidden({{'ZADD', prioritized, '0', id}, {'INCR', pc}})
  else
    no = no or forbidden({{way, list, id}})
  end
  refusals[way] = no or false
  return no
end

local count = #ARGV - 2
local keys, locks, ids, parents = {}, {}, {}, {}
for i = 1, count do
  local key = KEYS[9 + 2 * i]
  keys[i], locks[i], ids[i] = key, KEYS[10 + 2 * i], key:sub(#failed - 5)  -- behind "bull:queue:"
end
for at = 11 + 2 * count, #KEYS, 4 do
  parents[KEYS[at]] = {unsuccessful = KEYS[at + 1], failed = KEYS[at + 2], dependencies = KEYS[at + 3],
                       stands = call('EXISTS', KEYS[at]) == 1}
end
local scores = redis.pcall('ZMSCORE', failed, unpack(ids))
if scores.err then  -- before Redis 6.2
  for i, id in ipairs(ids) do scores[i] = call('ZSCORE', failed, id) end
end
local anyLocked = call('EXISTS', unpack(locks)) > 0

local function parentRefuses(parent, key)
  if unlike(parent.unsuccessful, 'zset') or unlike(parent.failed, 'hash') or unlike(parent.dependencies, 'set') then
    return odd
  end
  return forbidden({{'ZREM', parent.unsuccessful, key}, {'HDEL', parent.failed, key}, {'SADD', parent.dependencies, key}})
end
local function isLifo(opts)
  if not opts or not string.find(opts, 'lifo', 1, true) then return false end
  local readable, all = pcall(cjson.decode, opts)
  return readable and type(all) == 'table' and all['lifo'] == true
end

-- What stands against it; or nothing, and how it has to wait, its priority, its parent, and its outcome. Writes nothing.
local function look(i, plan)
  local seen = redis.pcall('HMGET', keys[i], 'atm', 'ats', 'parentKey', 'priority', 'opts', 'finishedOn',
                           'processedOn', 'failedReason')
  if seen.err then return 'failed ' .. seen.err end
  if not (seen[1] or seen[2] or seen[5]) and call('EXISTS', keys[i]) == 0 then return 'gone' end
  if not scores[i] then return 'changed it is not among the failed any more' end
  local parentKey = seen[3] or ''
  local now = scores[i] .. '|' .. (seen[1] or '') .. '|' .. (seen[2] or '') .. '|' .. parentKey
  if now ~= plan then
    local runs = #now - #parentKey
    return 'changed ' .. (plan:sub(1, runs) == now:sub(1, runs) and 'its parent is another one' or
                          'it has run again since the plan')
  end
  if anyLocked and call('EXISTS', locks[i]) == 1 then return 'changed a worker holds its lock' end
  local priority = tonumber(seen[4] or 0) or 0
  local way = major >= 6 and priority > 0 and 'ZADD' or isLifo(seen[5]) and 'RPUSH' or 'LPUSH'
  local parent = parents[parentKey]
  if not (parent and parent.stands) then parent = nil end
  return refused(way, keys[i], ids[i]) or parent and parentRefuses(parent, keys[i]), way, priority, parent,
         'moved ' .. (seen[6] or '') .. '|' .. (seen[7] or '') .. '|' .. (seen[8] or ''):sub(1, 500)
end

-- All are looked at before the first write: what fails here fails with nothing done.
local outcomes, moved, children = {}, {}, {}
local waiting = {LPUSH = {}, RPUSH = {}, ZADD = {}}
for i = 1, count do
  local against, way, priority, parent, outcome = look(i, ARGV[2 + i])
  outcomes[i] = against or outcome
  if not against then
    moved[#moved + 1] = i
    if way == 'ZADD' then table.insert(waiting.ZADD, {id = ids[i], priority = priority})
    else table.insert(waiting[way], ids[i]) end
    if parent then children[#children + 1] = {key = keys[i], parent = parent} end
  end
end
if #moved == 0 then return outcomes end

-- The targets first: out of memory, the first of them is what is refused, and nothing has happened.
for _, job in ipairs(waiting.ZADD) do
  local turn = call('INCR', pc)
  call('ZADD', prioritized, string.format('%.0f', job.priority * 0x100000000 + turn % 0x100000000), job.id)
end
for _, push in ipairs({'LPUSH', 'RPUSH'}) do
  if #waiting[push] > 0 then call(push, list, unpack(waiting[push])) end
end
if not silent then call('ZADD', marker, 0, '0') end
if not meta[3] then call('HSET', KEYS[9], 'opts.maxLenEvents', 10000) end
for _, child in ipairs(children) do
  local parent = child.parent
  if call('ZREM', parent.unsuccessful, child.key) == 1 or call('HDEL', parent.failed, child.key) == 1 then
    call('SADD', parent.dependencies, child.key)
  end
end
local gone = {}
for n, i in ipairs(moved) do
  call('XADD', events, 'MAXLEN', '~', meta[3] or 10000, '*', 'event', 'waiting', 'jobId', ids[i], 'prev', 'failed')
  call('HDEL', keys[i], 'finishedOn', 'processedOn', 'failedReason')
  gone[n] = ids[i]
end
call('ZREM', failed, unpack(gone))
return outcomes
