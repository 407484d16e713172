SELECT q.queue, avg(extract(epoch FROM x.completed_at - x.attempted_at))::float8 AS seconds, count(*) AS n
FROM {queues} AS q(queue)
CROSS JOIN generate_series(0, 9) AS p(priority)
CROSS JOIN LATERAL (
    SELECT j.attempt, j.attempted_at, j.completed_at FROM {job} j
    WHERE j.state = 'completed' AND j.queue = q.queue AND j.priority = p.priority
    ORDER BY j.scheduled_at DESC LIMIT least(100, {heap_cap})) x
WHERE x.attempt <= 1 AND x.attempted_at IS NOT NULL AND x.completed_at IS NOT NULL
GROUP BY q.queue
