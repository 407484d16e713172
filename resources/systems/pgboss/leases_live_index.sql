SELECT x.id::text AS id, x.queue, x.started_on AS claimed_at, x.expires_at, x.retry_count + 1 AS attempt,
       x.started_on::text || ' ' || x.retry_count AS version
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT j.id, j.name AS queue, j.started_on, j.retry_count, {expiry} AS expires_at FROM {job} j
    WHERE j.name = q.queue AND j.state = 'active' LIMIT {heap_cap}
) AS x
ORDER BY x.started_on
LIMIT {lease_limit}
