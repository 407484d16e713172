SELECT j.task_identifier AS queue, count(*) AS n, 0::bigint AS dead_n, false AS capped
FROM {serial_queues} q
JOIN {jobs} j ON j.queue_name = q.queue_name
WHERE q.locked_at < {now} - interval '1 minute' AND q.locked_at > {now} - interval '4 hours'
  AND j.locked_at IS NULL AND j.attempts < j.max_attempts AND j.run_at <= {now}
GROUP BY j.task_identifier
