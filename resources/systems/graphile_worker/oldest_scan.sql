SELECT j.task_identifier AS queue, min(greatest(j.created_at, j.run_at)) AS oldest_ready_at, false AS capped
FROM {jobs} j
WHERE j.locked_at IS NULL AND j.attempts < j.max_attempts AND j.run_at <= {now}
GROUP BY j.task_identifier
