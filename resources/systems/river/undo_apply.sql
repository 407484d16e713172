WITH wanted AS (
    SELECT w.id::bigint AS id, w.version, w.position FROM unnest({job_ids}, {job_versions}) WITH ORDINALITY AS w(id, version, position)
), moved AS (
    UPDATE {job} j
    SET state = split_part(w.version, ' ', 1)::{schema}.river_job_state, max_attempts = split_part(w.version, ' ', 5)::smallint,
        finalized_at = (split_part(w.version, ' ', 2) || ' ' || split_part(w.version, ' ', 3))::timestamptz
    FROM wanted w
    WHERE j.id = w.id AND j.queue = {queue_name} AND {as_replayed}
    RETURNING j.id
)
SELECT w.id::text AS id,
       CASE WHEN w.id IN (SELECT m.id FROM moved m) THEN 'moved' WHEN j.id IS NULL THEN 'gone' ELSE 'changed' END AS outcome,
       NULL::text AS undo_token
FROM wanted w LEFT JOIN {job} j ON j.id = w.id AND j.queue = {queue_name}
ORDER BY w.position
