SELECT 'orphaned' AS kind, w.task AS queue, q.queue_name AS subject, w.n, q.locked_at AS since,
       format('the serial queue is locked by %s, but none of its jobs is; its jobs wait until the lock is 4 h old',
              q.locked_by) AS evidence
FROM {serial_queues} q
CROSS JOIN LATERAL (
    SELECT min(j.task_identifier) AS task, count(*) AS n, bool_or(j.locked_at IS NOT NULL) AS held
    FROM {jobs} j WHERE j.queue_name = q.queue_name
) w
WHERE q.locked_at IS NOT NULL AND q.locked_at < {now} - interval '1 minute' AND w.n > 0 AND NOT w.held
LIMIT 50
