SELECT x.id, x.ending, CASE WHEN x.ending IN ('died', 'retrying') THEN x.error END AS error
FROM (
    SELECT w.id, left(j.last_error, 2000) AS error,
           CASE WHEN j.id IS NULL THEN 'completed' WHEN j.attempts >= j.max_attempts AND j.locked_at IS NULL THEN 'died'
                WHEN j.attempts > 1 OR j.attempts = 1 AND j.locked_at IS NULL THEN 'retrying'
                WHEN j.locked_at IS NOT NULL THEN 'running' ELSE 'waiting' END AS ending
    FROM unnest({job_ids}) AS w(id)
    LEFT JOIN {job} j ON j.id = w.id::bigint
) x
