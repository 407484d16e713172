WITH RECURSIVE walk AS (
    SELECT NULL::bigint AS low, {until} + interval '1 second' AS newest, 0::bigint AS walked
    UNION ALL
    SELECT c.low, c.newest, w.walked + c.n
    FROM walk w
    CROSS JOIN LATERAL (
        SELECT min(x.id) AS low, max(x.created_at) AS newest, count(*) AS n
        FROM (SELECT j.id, j.created_at FROM {job} j WHERE j.id < coalesce(w.low, 9223372036854775807)
              ORDER BY j.id DESC LIMIT 100 + w.walked) x
    ) c
    WHERE w.newest > {since} AND {since} < {until} AND w.walked < {flow_cap} AND c.n > 0
), seen AS MATERIALIZED (
    SELECT j.queue, count(*) AS n
    FROM {job} j
    WHERE j.id >= (SELECT min(w.low) FROM walk w) AND j.created_at > {since} AND j.created_at <= {until}
    GROUP BY j.queue
)
SELECT q.queue, coalesce(s.n, 0) AS enqueued, (SELECT max(w.walked) FROM walk w) >= {flow_cap} AS capped
FROM {all_queues} AS q(queue)
LEFT JOIN seen s ON s.queue = q.queue
