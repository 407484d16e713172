WITH dead AS (
    SELECT j.task_identifier AS queue,
           greatest(j.created_at, j.updated_at, j.run_at - exp(least(j.attempts, 10)) * interval '1 second') AS at
    FROM {jobs} j
    WHERE j.locked_at IS NULL AND j.attempts >= j.max_attempts
)
SELECT x.queue, min(x.at) AS oldest, false AS capped,
       {dead_ages}
FROM dead x
GROUP BY x.queue
