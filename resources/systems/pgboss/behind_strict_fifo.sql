SELECT q.queue, b.n, b.n AS dead_n, b.waiting_example, b.dead_example, b.n >= {heap_cap} AS capped
FROM {queues} AS q(queue)
JOIN {schema}.queue p ON p.name = q.queue AND p.policy = 'key_strict_fifo'
CROSS JOIN LATERAL (
    SELECT count(*) AS n, min(x.waiting) AS waiting_example, min(x.dead) AS dead_example
    FROM (SELECT j.id::text AS waiting, d.id::text AS dead
          FROM {job} d
          JOIN {job} j ON j.name = d.name AND j.singleton_key = d.singleton_key
          WHERE d.name = q.queue AND d.state = 'failed' AND d.policy = 'key_strict_fifo'
            AND j.name = q.queue AND j.state < 'active' AND {claimable} AND j.policy = 'key_strict_fifo'
            AND j.start_after <= {due} LIMIT {heap_cap}) x
) AS b
WHERE b.n > 0
