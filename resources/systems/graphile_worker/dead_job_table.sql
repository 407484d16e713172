SELECT j.id::text AS id, j.task_identifier AS queue, j.task_identifier AS kind,
       greatest(j.created_at, j.updated_at, j.run_at - exp(least(j.attempts, 10)) * interval '1 second') AS died_at,
       j.attempts::bigint AS attempts, j.max_attempts::bigint AS max_attempts, j.last_error AS error,
       octet_length(j.payload::text)::bigint AS payload_bytes, j.revision::text || ' ' || j.attempts::text AS version,
       left(j.payload::text, 1048576) AS payload,
       CASE WHEN j.last_error IS NULL THEN '[]'
            ELSE json_build_array(json_build_object('at', NULL, 'attempt', j.attempts, 'text', j.last_error))::text END AS errors,
       j.created_at AS enqueued_at, j.run_at AS scheduled_at, NULL::timestamptz AS started_at
FROM {jobs} j
WHERE j.id = CASE WHEN {id} ~ '^[0-9]{1,18}$' THEN {id}::bigint END AND j.locked_at IS NULL AND j.attempts >= j.max_attempts
  AND j.task_identifier IN (SELECT a.queue FROM {all_queues} AS a(queue))
