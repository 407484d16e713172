SELECT q.queue, a.executed, a.first_executed, a.capped
FROM {queues} AS q(queue)
CROSS JOIN (SELECT {since} + interval '0.95 s' AS since, {until} + interval '0.95 s' AS until) AS w
CROSS JOIN LATERAL (
    SELECT coalesce(sum(CASE WHEN x.created_on > w.since THEN x.retry_count + 1 ELSE 1 END)
                        FILTER (WHERE x.started_on > w.since AND x.started_on <= w.until), 0) AS executed,
           count(*) FILTER (WHERE x.started_on > w.since AND x.started_on <= w.until
                              AND (x.retry_count = 0 OR x.created_on > w.since)) AS first_executed,
           count(*) FILTER (WHERE x.part = 1) >= {heap_cap} OR count(*) FILTER (WHERE x.part = 2) >= 3 * {heap_cap}
               OR count(*) FILTER (WHERE x.part = 3) >= {flow_cap} AS capped
    FROM (
        (SELECT 1 AS part, j.started_on, j.created_on, j.retry_count FROM {job} j
         WHERE j.name = q.queue AND j.state = 'active' LIMIT {heap_cap})
        UNION ALL
        (SELECT 2, j.started_on, j.created_on, j.retry_count FROM {job} j
         WHERE j.name = q.queue AND j.state = 'retry' AND NOT j.blocked AND j.start_after > w.since
         -- Cut off at the far end: those are later attempts, so that what is left is a lower bound.
         ORDER BY j.start_after LIMIT 3 * {heap_cap})
        UNION ALL
        (SELECT 3, j.started_on, j.created_on, j.retry_count FROM {job} j
         WHERE j.name = q.queue AND j.completed_on > w.since LIMIT {flow_cap})
    ) x
) AS a
