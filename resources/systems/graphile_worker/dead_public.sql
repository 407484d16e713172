SELECT j.id::text AS id, j.task_identifier AS queue, j.task_identifier AS kind,
       greatest(j.created_at, j.updated_at, j.run_at - exp(least(j.attempts, 10)) * interval '1 second') AS died_at,
       j.attempts::bigint AS attempts, j.max_attempts::bigint AS max_attempts, j.last_error AS error,
       NULL::bigint AS payload_bytes, j.revision::text || ' ' || j.attempts::text AS version
FROM {jobs} j
WHERE j.locked_at IS NULL AND j.attempts >= j.max_attempts
