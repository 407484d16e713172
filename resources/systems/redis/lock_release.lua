-- Gives the lock of an action back, if it is still ours.   KEYS: lock   ARGV: token   -> 1: given back
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
