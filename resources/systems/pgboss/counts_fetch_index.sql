SELECT q.queue, c.state, c.n, w.walked >= {heap_cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT count(*) AS walked,
           count(*) FILTER (WHERE x.start_after <= {due}) AS ready,
           count(*) FILTER (WHERE x.start_after > {due} AND x.state = 'created') AS scheduled,
           count(*) FILTER (WHERE x.start_after > {due} AND x.state = 'retry') AS retrying
    FROM (SELECT j.start_after, j.state FROM {job} j
          WHERE j.name = q.queue AND j.state < 'active' AND {claimable} LIMIT {heap_cap}) x
) AS w
CROSS JOIN LATERAL (VALUES ('ready', w.ready), ('scheduled', w.scheduled), ('retrying', w.retrying)) AS c(state, n)
