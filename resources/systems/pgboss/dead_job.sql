SELECT j.id::text AS id, j.name AS queue, NULL::text AS kind, j.completed_on AS died_at,
       CASE WHEN j.started_on IS NULL THEN 0 ELSE j.retry_count + 1 END AS attempts, j.retry_limit + 1 AS max_attempts,
       left({error}, 2000) AS error, pg_column_size(j.data) AS payload_bytes, j.completed_on::text AS version,
       CASE WHEN pg_column_size(j.data) < 20000000 THEN left(j.data::text, 1048576) END AS payload,
       json_build_array(json_build_object('at', j.completed_on, 'attempt', j.retry_count + 1,
           'text', left(coalesce(j.output ->> 'stack', {error}), 20000)))::text AS errors,
       j.created_on AS enqueued_at, j.start_after AS scheduled_at, j.started_on AS started_at
FROM {job} j
WHERE j.state = 'failed' AND j.name IN (SELECT a.queue FROM {all_queues} AS a(queue))
  AND j.id = CASE WHEN {id} ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN {id}::uuid END
LIMIT 1
