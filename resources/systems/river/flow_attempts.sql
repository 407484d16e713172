WITH tried AS MATERIALIZED (
    SELECT x.queue, x.attempt, x.attempted_at, x.kind
    FROM (
        (SELECT j.queue, j.attempt, j.attempted_at, 1 AS kind FROM {job} j WHERE j.state = 'running' LIMIT {heap_cap})
        UNION ALL
        (SELECT j.queue, j.attempt, j.attempted_at, 2 FROM {job} j WHERE j.state = 'retryable' LIMIT {heap_cap})
        UNION ALL
        (SELECT j.queue, j.attempt, j.attempted_at, 3 FROM {job} j
         WHERE j.state = 'completed' AND j.finalized_at > {since} LIMIT {flow_cap})
        UNION ALL
        (SELECT j.queue, j.attempt, j.attempted_at, 3 FROM {job} j
         WHERE j.state = 'cancelled' AND j.finalized_at > {since} LIMIT {flow_cap})
        UNION ALL
        (SELECT j.queue, j.attempt, j.attempted_at, 3 FROM {job} j
         WHERE j.state = 'discarded' AND j.finalized_at > {since} LIMIT {flow_cap})
    ) x
)
SELECT q.queue, count(t.attempt) AS executed, count(t.attempt) FILTER (WHERE t.attempt <= 1) AS first_executed,
       (SELECT count(*) FILTER (WHERE w.kind = 1) >= {heap_cap} OR count(*) FILTER (WHERE w.kind = 2) >= {heap_cap}
               OR count(*) FILTER (WHERE w.kind = 3) >= {flow_cap} FROM tried w) AS capped
FROM {all_queues} AS q(queue)
LEFT JOIN tried t ON t.queue = q.queue AND t.attempted_at > {since} AND t.attempted_at <= {until}
GROUP BY q.queue
