SELECT j.id::text AS id, j.name AS queue, NULL::text AS kind, j.completed_on AS died_at,
       CASE WHEN j.started_on IS NULL THEN 0 ELSE j.retry_count + 1 END AS attempts, j.retry_limit + 1 AS max_attempts,
       left({error}, 2000) AS error, pg_column_size(j.data) AS payload_bytes, j.completed_on::text AS version
FROM {job} j
WHERE j.state = 'failed'
