WITH RECURSIVE walk AS (
    SELECT q.queue, p.priority, NULL::timestamp AS low, NULL::bigint AS low_id,
           timezone('UTC', {until}) + interval '1 second' AS newest, 0::bigint AS walked, 0::bigint AS completed
    FROM {all_queues} AS q(queue)
    CROSS JOIN generate_series(0, 9) AS p(priority)
    UNION ALL
    SELECT w.queue, w.priority, c.low, c.low_id, c.newest, w.walked + c.n, c.completed
    FROM walk w
    CROSS JOIN LATERAL (
        SELECT min(x.scheduled_at) AS low, (array_agg(x.id ORDER BY x.scheduled_at, x.id))[1] AS low_id,
               max(x.completed_at) AS newest, count(*) AS n,
               count(*) FILTER (WHERE x.completed_at > timezone('UTC', {since})
                                  AND x.completed_at <= timezone('UTC', {until})) AS completed
        FROM (SELECT j.id, j.scheduled_at, j.completed_at FROM {job} j
              WHERE j.state = 'completed' AND j.queue = w.queue AND j.priority = w.priority
                AND (j.scheduled_at, j.id) < (coalesce(w.low, 'infinity'), coalesce(w.low_id, 9223372036854775807))
              ORDER BY j.scheduled_at DESC, j.id DESC LIMIT 32 + w.walked) x
    ) c
    WHERE w.newest > timezone('UTC', {since}) AND {since} < {until} AND w.walked < {flow_cap} AND c.n > 0
), completed AS (
    SELECT w.queue, sum(w.completed)::bigint AS n, max(w.walked) >= {flow_cap} AS capped
    FROM walk w
    GROUP BY w.queue
), gone AS MATERIALIZED (
    SELECT x.queue, x.failed
    FROM (
        (SELECT j.queue, true AS failed FROM {job} j
         WHERE j.state = 'discarded' AND j.discarded_at > timezone('UTC', {since})
           AND j.discarded_at <= timezone('UTC', {until}) LIMIT {flow_cap})
        UNION ALL
        (SELECT j.queue, false FROM {job} j
         WHERE j.state = 'cancelled' AND j.cancelled_at > timezone('UTC', {since})
           AND j.cancelled_at <= timezone('UTC', {until}) LIMIT {flow_cap})
    ) x
)
SELECT c.queue, c.n AS completed, (SELECT count(*) FROM gone g WHERE g.queue = c.queue) AS died,
       (SELECT count(*) FROM gone g WHERE g.queue = c.queue AND g.failed) AS failed,
       c.capped OR (SELECT count(*) FROM gone) >= {flow_cap} AS capped
FROM completed c
