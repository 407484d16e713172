SELECT 'serial_lock' AS kind, w.task AS queue,
       format('%s, locked by %s until %s UTC', q.queue_name, q.locked_by, to_char(q.locked_at + interval '4 hours', 'HH24:MI')) AS subject,
       w.n, q.locked_at AS since,
       'one of its jobs has been running since then; a worker that was killed keeps the lock until it is 4 h old' AS evidence
FROM {serial_queues} q
CROSS JOIN LATERAL (
    SELECT min(j.task_identifier) AS task, bool_or(j.locked_at IS NOT NULL) AS held,
           count(*) FILTER (WHERE j.locked_at IS NULL AND j.attempts < j.max_attempts AND j.run_at <= {now}) AS n
    FROM {jobs} j WHERE j.queue_name = q.queue_name
) w
WHERE q.locked_at < {now} - interval '1 minute' AND q.locked_at > {now} - interval '4 hours' AND w.n > 0 AND w.held
ORDER BY q.locked_at
LIMIT 20
