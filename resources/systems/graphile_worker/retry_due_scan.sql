SELECT j.task_identifier AS queue, date_trunc('minute', j.run_at) AS due, count(*) AS n, false AS capped
FROM {jobs} j
WHERE j.locked_at IS NULL AND j.attempts > 0 AND j.attempts < j.max_attempts
  AND j.run_at > {now} AND j.run_at <= {now} + interval '1 hour'
GROUP BY 1, 2
