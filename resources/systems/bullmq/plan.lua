-- What a plan needs to know of failed jobs. Writes nothing.
-- KEYS  the jobs
-- ARGV  1 bytes of a name that are read  2 bytes of an error text or of options that are read: of what is larger the
--       length is given  3 bytes of an error text that are given
-- -> for each job {atm, attemptsMade, ats, timestamp, parentKey, name, failedReason, opts}; for fewer jobs than were
--    asked for once their texts come to 4 MB
local call, found, read = redis.call, {}, 0
local short, long, given = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
for i, key in ipairs(KEYS) do
  local name, reason, opts = call('HSTRLEN', key, 'name'), call('HSTRLEN', key, 'failedReason'), call('HSTRLEN', key, 'opts')
  local seen = call('HMGET', key, 'atm', 'attemptsMade', 'ats', 'timestamp', 'parentKey',
                    name <= short and 'name' or 'atm', reason <= long and 'failedReason' or 'atm',
                    opts <= long and 'opts' or 'atm')
  if name > short then seen[6] = name end
  if reason > long then seen[7] = reason elseif seen[7] then seen[7] = seen[7]:sub(1, given) end
  if opts > long then seen[8] = opts end
  found[i] = seen
  read = read + math.min(name, short) + math.min(reason, long) + math.min(opts, long)
  if read > 4194304 then break end
end
return found
