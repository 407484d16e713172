SELECT p.queue, a.n AS enqueued, d.completed, d.died, d.failed, a.n >= {flow_cap} OR d.n >= {flow_cap} AS capped,
       d.fleeting OR EXISTS (SELECT FROM {schema}.queue q WHERE q.name = p.queue AND {fleeting}) AS fleeting
FROM {queues} AS p(queue)
CROSS JOIN LATERAL (
    SELECT count(*) AS n
    FROM (SELECT FROM {job} j
          WHERE j.name = p.queue AND j.created_on > {since} AND j.created_on <= {until} LIMIT {flow_cap}) x
) AS a
CROSS JOIN LATERAL (
    SELECT count(*) AS n, coalesce(bool_or(x.fleeting), false) AS fleeting,
           count(*) FILTER (WHERE x.state = 'completed') AS completed,
           count(*) FILTER (WHERE x.state IN ('failed', 'cancelled')) AS died,
           count(*) FILTER (WHERE x.state = 'failed') AS failed
    FROM (SELECT j.state, {job_fleeting} AS fleeting FROM {job} j
          WHERE j.name = p.queue AND j.completed_on > {since} AND j.completed_on <= {until} LIMIT {flow_cap}) x
) AS d
