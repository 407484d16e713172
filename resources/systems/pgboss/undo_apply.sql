WITH wanted AS (
    SELECT w.id::uuid AS id, w.version, w.position FROM unnest({job_ids}, {job_versions}) WITH ORDINALITY AS w(id, version, position)
), moved AS (
    UPDATE {job} j
    SET state = 'failed', retry_limit = j.retry_limit - 1,
        completed_on = (split_part(w.version, ' ', 1) || ' ' || split_part(w.version, ' ', 2))::timestamptz
    FROM wanted w
    WHERE j.name = {queue_name} AND j.id = w.id AND {as_replayed}
    RETURNING j.id
)
SELECT w.id::text AS id,
       CASE WHEN w.id IN (SELECT m.id FROM moved m) THEN 'moved' WHEN j.id IS NULL THEN 'gone' ELSE 'changed' END AS outcome,
       NULL::text AS undo_token
FROM wanted w LEFT JOIN {job} j ON j.name = {queue_name} AND j.id = w.id
ORDER BY w.position
