local call = redis.call
local function unlike(key, wanted)  -- a key of another type than its system gives it
  local is = call('TYPE', key)['ok']
  return is ~= 'none' and is ~= wanted
end
-- What of these the Redis user may not do; nil: all is allowed, or the server (before 7.0) cannot be asked.
local function forbidden(writes)
  for _, write in ipairs(writes) do
    if redis.acl_check_cmd and not redis.acl_check_cmd(unpack(write)) then
      return 'failed the Redis user may not run ' .. write[1] .. ' on ' .. write[2]
    end
  end
end
