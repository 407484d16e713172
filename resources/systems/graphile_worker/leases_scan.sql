SELECT j.id::text AS id, j.task_identifier AS queue, j.task_identifier AS kind, j.locked_by AS owner,
       j.locked_at AS claimed_at, j.locked_at + interval '4 hours' AS expires_at, j.attempts::bigint AS attempt,
       extract(epoch FROM j.locked_at)::text || ' ' || j.attempts::text AS version,
       NULL::boolean AS owner_alive, NULL::timestamptz AS owner_seen_at, NULL::text AS evidence, count(*) OVER () AS total
FROM {jobs} j
WHERE j.locked_at IS NOT NULL
ORDER BY j.locked_at, j.id
LIMIT 500
