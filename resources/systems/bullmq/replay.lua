-- Puts failed jobs back, as Job.retry() of BullMQ 5 and 6 does, each if it still is as the plan saw it.
-- KEYS  1 lock of the action  2 failed  3 wait  4 paused  5 active  6 prioritized  7 pc  8 marker  9 meta
--       10 events; then for each job the job and its lock, and of a child also its parent, and the parent's
--       unsuccessful, failed and dependencies
-- ARGV  1 token  2 major version of the library; then for each job its id, score, atm, ats and parentKey as seen
-- -> "fenced", or for each job "moved <finishedOn|processedOn|failedReason as they were>", "gone", "changed <why>" or "failed <why>"
-- uses redis/checks.lua
if call('GET', KEYS[1]) ~= ARGV[1] then return 'fenced' end
local failed, prioritized, pc, marker, events = KEYS[2], KEYS[6], KEYS[7], KEYS[8], KEYS[10]
local major = tonumber(ARGV[2])
local meta = call('HMGET', KEYS[9], 'paused', 'concurrency', 'opts.maxLenEvents')
local silent = meta[1] or (meta[2] and call('LLEN', KEYS[5]) >= tonumber(meta[2]))
local list = KEYS[3]
if meta[1] and (major < 6 or call('EXISTS', KEYS[4]) == 1) then list = KEYS[4] end

local verdicts = {}
local function forbiddenHere(write)  -- asked once, where only the id differs
  local name = write[1] .. write[2]
  if verdicts[name] == nil then verdicts[name] = forbidden({write}) or false end
  return verdicts[name]
end
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

-- What stands against it, or how to put it back. Writes nothing.
local function look(job)
  local seen = call('HMGET', job.key, 'atm', 'ats', 'parentKey', 'priority', 'opts', 'finishedOn',
                    'processedOn', 'failedReason')
  if not (seen[1] or seen[2] or seen[5]) and call('EXISTS', job.key) == 0 then return 'gone' end
  local score = call('ZSCORE', failed, job.id)
  if not score then return 'changed it is not among the failed any more' end
  if score ~= job.score or (seen[1] or '') ~= job.atm or (seen[2] or '') ~= job.ats then
    return 'changed it has run again since the plan'
  end
  if (seen[3] or '') ~= job.parentKey then return 'changed its parent is another one' end
  if call('EXISTS', job.lock) == 1 then return 'changed a worker holds its lock' end
  job.was = (seen[6] or '') .. '|' .. (seen[7] or '') .. '|' .. (seen[8] or ''):sub(1, 500)
  local readable, opts = false, nil
  if seen[5] and string.find(seen[5], 'lifo', 1, true) then readable, opts = pcall(cjson.decode, seen[5]) end
  job.push = readable and type(opts) == 'table' and opts['lifo'] == true and 'RPUSH' or 'LPUSH'
  job.priority = tonumber(seen[4] or 0) or 0
  job.inOrder = major >= 6 and job.priority > 0
  job.hasParent = job.parentKey ~= '' and call('EXISTS', job.parent) == 1
  if job.hasParent and (unlike(job.unsuccessful, 'zset') or unlike(job.failed, 'hash') or unlike(job.dependencies, 'set')) then
    return odd
  end
  local no
  if job.inOrder then
    no = forbiddenHere({'ZADD', prioritized, '0', job.id}) or forbiddenHere({'INCR', pc})
  else
    no = forbiddenHere({job.push, list, job.id})
  end
  if no then return no end
  local writes = {{'HDEL', job.key, 'finishedOn'}}
  if job.hasParent then
    writes[2] = {'ZREM', job.unsuccessful, job.key}
    writes[3] = {'HDEL', job.failed, job.key}
    writes[4] = {'SADD', job.dependencies, job.key}
  end
  return forbidden(writes)
end

-- All are looked at before the first write: what fails here fails with nothing done.
local outcomes, moving, ids, refusal, key = {}, {}, {}, nil, 11
for at = 3, #ARGV, 5 do
  local job = {id = ARGV[at], score = ARGV[at + 1], atm = ARGV[at + 2], ats = ARGV[at + 3], parentKey = ARGV[at + 4],
               key = KEYS[key], lock = KEYS[key + 1]}
  key = key + 2
  if job.parentKey ~= '' then
    job.parent, job.unsuccessful, job.failed, job.dependencies = KEYS[key], KEYS[key + 1], KEYS[key + 2], KEYS[key + 3]
    key = key + 4
  end
  local well, against = pcall(look, job)
  if not well then
    against = 'failed ' .. (type(against) == 'table' and against.err or tostring(against))
  elseif not against then
    refusal = refusal or queueRefuses() or 'none'
    against = refusal ~= 'none' and refusal or nil
  end
  outcomes[#outcomes + 1] = against or 'moved ' .. job.was
  if not against then
    moving[#moving + 1] = job
    ids[#ids + 1] = job.id
  end
end
if #moving == 0 then return outcomes end

-- The targets first: out of memory, the first of them is what is refused, and nothing has happened.
local pushed = {LPUSH = {}, RPUSH = {}}
for _, job in ipairs(moving) do
  if job.inOrder then
    local turn = call('INCR', pc)
    call('ZADD', prioritized, string.format('%.0f', job.priority * 0x100000000 + turn % 0x100000000), job.id)
  else
    table.insert(pushed[job.push], job.id)
  end
end
for push, those in pairs(pushed) do
  if #those > 0 then call(push, list, unpack(those)) end
end
if not silent then call('ZADD', marker, 0, '0') end
if not meta[3] then call('HSET', KEYS[9], 'opts.maxLenEvents', 10000) end
for _, job in ipairs(moving) do
  if job.hasParent and (call('ZREM', job.unsuccessful, job.key) == 1 or call('HDEL', job.failed, job.key) == 1) then
    call('SADD', job.dependencies, job.key)
  end
  call('XADD', events, 'MAXLEN', '~', meta[3] or 10000, '*', 'event', 'waiting', 'jobId', job.id, 'prev', 'failed')
  call('HDEL', job.key, 'finishedOn', 'processedOn', 'failedReason')
end
call('ZREM', failed, unpack(ids))
return outcomes
