WITH gone AS MATERIALIZED (
    SELECT x.queue, x.died, x.failed, x.at
    FROM (
        (SELECT j.queue, false AS died, false AS failed, j.finalized_at AS at FROM {job} j
         WHERE j.state = 'completed' AND j.finalized_at > {since} AND j.finalized_at <= {until} LIMIT {flow_cap})
        UNION ALL
        (SELECT j.queue, true, false, j.finalized_at FROM {job} j
         WHERE j.state = 'cancelled' AND j.finalized_at > {since} AND j.finalized_at <= {until} LIMIT {flow_cap})
        UNION ALL
        (SELECT j.queue, true, true, j.finalized_at FROM {job} j
         WHERE j.state = 'discarded' AND j.finalized_at > {since} AND j.finalized_at <= {until} LIMIT {flow_cap})
    ) x
)
SELECT q.queue, count(g.at) FILTER (WHERE NOT g.died) AS completed, count(g.at) FILTER (WHERE g.died) AS died,
       count(g.at) FILTER (WHERE g.failed) AS failed,
       (SELECT count(*) FROM gone) >= {flow_cap} AS capped
FROM {all_queues} AS q(queue)
LEFT JOIN gone g ON g.queue = q.queue
GROUP BY q.queue
