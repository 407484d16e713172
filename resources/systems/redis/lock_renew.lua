-- Keeps the lock of an action, if it is still ours.   KEYS: lock   ARGV: token, life in ms   -> 1: kept
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
