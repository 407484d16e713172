SELECT j.name AS queue, j.id::text AS id, j.keep_until AS until,
       j.keep_until - greatest(j.start_after, j.created_on) < interval '1 minute' AS brief, false AS capped
FROM {job} j
WHERE j.state < 'active' AND j.keep_until <= {now} + interval '2 minutes' AND j.deletion_seconds NOT BETWEEN 1 AND 120
LIMIT 2000
