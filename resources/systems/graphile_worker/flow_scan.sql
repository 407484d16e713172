SELECT j.task_identifier AS queue,
       count(*) FILTER (WHERE j.created_at > {since} AND j.created_at <= {until}) AS enqueued,
       NOT bool_or(j.locked_at IS NULL AND j.attempts < j.max_attempts AND j.run_at < {since}) AND {since} < {until} AS capped
FROM {jobs} j
GROUP BY j.task_identifier
