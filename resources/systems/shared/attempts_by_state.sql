SELECT q.queue, a.max_attempts, a.n, a.n >= {heap_cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT avg(x.max_attempts)::float8 AS max_attempts, count(*) AS n
    FROM (SELECT j.max_attempts
          FROM unnest({states}) AS s(name)
          CROSS JOIN LATERAL (SELECT k.max_attempts FROM {job} k WHERE k.state = s.name AND k.queue = q.queue LIMIT {heap_cap}) j
          WHERE s.name::text NOT IN ('completed', 'cancelled', 'discarded')
          LIMIT {heap_cap}) x
) a
WHERE a.n > 0
