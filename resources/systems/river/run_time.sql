SELECT x.queue, avg(extract(epoch FROM x.finalized_at - x.attempted_at))::float8 AS seconds, count(*) AS n
FROM (SELECT j.queue, j.attempt, j.attempted_at, j.finalized_at FROM {job} j
      WHERE j.state = 'completed' AND j.finalized_at IS NOT NULL
      ORDER BY j.finalized_at DESC LIMIT {heap_cap}) x
WHERE x.attempt <= 1 AND x.attempted_at IS NOT NULL
GROUP BY x.queue
