SELECT j.id::text AS id, x.ending,
       CASE WHEN x.ending IN ('died', 'retrying') THEN left(j.errors[array_upper(j.errors, 1)] ->> 'error', 2000) END AS error
FROM unnest({job_ids}, {job_versions}) AS w(id, token)
JOIN {job} j ON j.id = w.id::bigint AND j.queue = {queue_name}
CROSS JOIN LATERAL (
    SELECT CASE j.state::text WHEN 'completed' THEN 'completed' WHEN 'discarded' THEN 'died' WHEN 'cancelled' THEN 'vanished'
                WHEN {running} THEN CASE WHEN j.attempt > nullif(w.token, '')::integer + 1 THEN 'retrying' ELSE 'running' END
                WHEN 'scheduled' THEN 'waiting'
                ELSE CASE WHEN j.attempt > nullif(w.token, '')::integer THEN 'retrying' ELSE 'waiting' END END AS ending
) x
