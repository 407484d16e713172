SELECT 'poison_pill' AS kind, j.task_identifier AS queue, NULL::text AS subject, count(*) AS n, min(j.created_at) AS since,
       'claimed at least three times and neither finished nor failed with an error: the worker died or was cut off each time' AS evidence
FROM {jobs} j
WHERE j.attempts >= 3 AND j.last_error IS NULL AND (j.locked_at IS NOT NULL OR j.attempts < j.max_attempts)
GROUP BY j.task_identifier
