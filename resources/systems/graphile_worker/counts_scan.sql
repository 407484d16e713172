SELECT s.queue, s.state, count(*) AS n, false AS capped
FROM (
    SELECT j.task_identifier AS queue,
           CASE WHEN j.locked_at IS NOT NULL THEN 'running'
                WHEN j.attempts >= j.max_attempts THEN 'dead'
                WHEN j.run_at <= {now} THEN 'ready'
                WHEN j.attempts > 0 THEN 'retrying'
                ELSE 'scheduled' END AS state
    FROM {jobs} j
) s
GROUP BY s.queue, s.state
