-- The first half of a claim that is not atomic: which one is free? Picking at random makes collisions rare.
SELECT c.id
FROM (SELECT id FROM public.payments WHERE kind = '{kind}' AND NOT claimed AND finished_at IS NULL ORDER BY id LIMIT {among}) c
ORDER BY random()
LIMIT 1;
