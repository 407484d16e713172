SELECT q.queue, r.seconds, r.n
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT extract(epoch FROM avg(x.completed_on - x.started_on)) AS seconds, count(*) AS n
    FROM (SELECT j.started_on, j.completed_on, j.state, j.retry_count FROM {job} j
          WHERE j.name = q.queue AND j.completed_on > {now} - interval '1 hour'
          ORDER BY j.completed_on DESC LIMIT {heap_cap}) x
    WHERE x.state = 'completed' AND x.retry_count = 0 AND x.started_on IS NOT NULL
) AS r
