SELECT q.queue, a.n AS enqueued, d.completed, d.died, d.failed, a.n >= {flow_cap} OR d.n >= {flow_cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT count(*) AS n
    FROM (SELECT FROM {job} j
          WHERE j.name = q.queue AND j.created_on > {since} AND j.created_on <= {until} LIMIT {flow_cap}) x
) AS a
CROSS JOIN LATERAL (
    SELECT count(*) AS n,
           count(*) FILTER (WHERE x.state = 'completed') AS completed,
           count(*) FILTER (WHERE x.state IN ('failed', 'cancelled')) AS died,
           count(*) FILTER (WHERE x.state = 'failed') AS failed
    FROM (SELECT j.state FROM {job} j
          WHERE j.name = q.queue AND j.completed_on > {since} AND j.completed_on <= {until} LIMIT {flow_cap}) x
) AS d
