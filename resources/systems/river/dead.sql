SELECT j.id::text AS id, j.queue, j.kind, j.finalized_at AS died_at, j.attempt::bigint AS attempts,
       j.max_attempts::bigint AS max_attempts, j.errors[array_upper(j.errors, 1)] ->> 'error' AS error,
       octet_length(j.args::text)::bigint AS payload_bytes, {dead_version} AS version
FROM {job} j
WHERE j.state = 'discarded' AND j.finalized_at IS NOT NULL
