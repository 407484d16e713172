SELECT q.queue, 0::bigint AS n, b.n AS dead_n, b.waiting_example, b.dead_example, b.walked >= {heap_cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT count(*) AS walked, count(x.dead) AS n, min(x.id) FILTER (WHERE x.dead IS NOT NULL) AS waiting_example,
           min(x.dead) AS dead_example
    FROM (
        SELECT c.id::text AS id,
               (SELECT p.id::text FROM {schema}.job_dependency d
                JOIN {schema}.job p ON p.name = d.parent_name AND p.id = d.parent_id
                WHERE d.child_name = q.queue AND d.child_id = c.id AND p.state IN ('failed', 'cancelled') LIMIT 1) AS dead
        FROM (
            (SELECT j.id FROM {job} j WHERE j.name = q.queue AND j.state = 'created' AND j.blocked LIMIT {heap_cap})
            UNION ALL
            (SELECT j.id FROM {job} j WHERE j.name = q.queue AND j.state = 'retry' AND j.blocked LIMIT {heap_cap})
        ) c
        LIMIT {heap_cap}
    ) x
) AS b
WHERE b.n > 0
