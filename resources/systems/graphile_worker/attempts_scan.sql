SELECT j.task_identifier AS queue, avg(j.max_attempts)::float8 AS max_attempts, count(*) AS n, false AS capped
FROM {jobs} j
WHERE j.locked_at IS NOT NULL OR j.attempts < j.max_attempts
GROUP BY j.task_identifier
