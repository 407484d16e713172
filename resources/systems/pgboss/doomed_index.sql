SELECT q.queue, x.id::text AS id, x.keep_until AS until,
       x.keep_until - greatest(x.start_after, x.created_on) < interval '1 minute' AS brief,
       count(*) OVER (PARTITION BY q.queue) >= {heap_cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT w.* FROM (
        (SELECT j.id, j.keep_until, j.start_after, j.created_on, j.deletion_seconds FROM {job} j
         WHERE j.name = q.queue AND j.state = 'created' AND NOT j.blocked ORDER BY j.start_after LIMIT {heap_cap})
        UNION ALL
        (SELECT j.id, j.keep_until, j.start_after, j.created_on, j.deletion_seconds FROM {job} j
         WHERE j.name = q.queue AND j.state = 'retry' AND NOT j.blocked ORDER BY j.start_after LIMIT {heap_cap})
    ) w
    WHERE w.keep_until <= {now} + interval '2 minutes' AND w.deletion_seconds NOT BETWEEN 1 AND 120
    LIMIT {heap_cap}
) AS x
