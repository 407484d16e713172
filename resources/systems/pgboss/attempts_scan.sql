SELECT j.name AS queue, avg(j.retry_limit + 1) AS max_attempts, count(*) AS n, false AS capped
FROM {job} j
WHERE j.state IN ('created', 'retry', 'active')
GROUP BY j.name
