-- One claim, by the server's clock in µs: "worker job at lease" (the end of the lease in ms, or 0).
local now = redis.call('TIME')
local lease = redis.call('ZSCORE', KEYS[2], ARGV[2]) or '0'
if ARGV[3] == '1' then redis.call('ZREM', KEYS[2], ARGV[2]) end
local at = string.format('%.0f', now[1] * 1000000 + now[2])
if redis.call('RPUSH', KEYS[4], ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. at .. ' ' .. lease) == 1 then
  redis.call('PEXPIRE', KEYS[4], 60000)
end
return 1
