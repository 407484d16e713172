SELECT j.id::text AS id, j.queue, j.kind, j.finalized_at AS died_at, j.attempt::bigint AS attempts,
       j.max_attempts::bigint AS max_attempts, j.errors[array_upper(j.errors, 1)] ->> 'error' AS error,
       octet_length(j.args::text)::bigint AS payload_bytes, {dead_version} AS version,
       left(j.args::text, 1048576) AS payload,
       (SELECT coalesce(json_agg(json_build_object('at', e.entry ->> 'at', 'attempt', e.entry -> 'attempt',
                                                   'text', concat_ws(E'\n', e.entry ->> 'error', nullif(e.entry ->> 'trace', '')))
                                 ORDER BY e.ordinality), '[]')::text
        FROM unnest(j.errors) WITH ORDINALITY AS e(entry, ordinality)) AS errors,
       j.created_at AS enqueued_at, j.scheduled_at, j.attempted_at AS started_at
FROM {job} j
WHERE j.id = CASE WHEN {id} ~ '^[0-9]{1,18}$' THEN {id}::bigint END AND j.state = 'discarded'
  AND j.queue IN (SELECT a.queue FROM {all_queues} AS a(queue))
