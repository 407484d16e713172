SELECT q.queue, a.max_attempts, a.n, a.n >= {heap_cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT avg(x.retry_limit + 1) AS max_attempts, count(*) AS n
    FROM (SELECT j.retry_limit FROM {job} j
          WHERE j.name = q.queue AND j.state IN ('created', 'retry', 'active') LIMIT {heap_cap}) x
) AS a
