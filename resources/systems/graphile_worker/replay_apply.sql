WITH wanted AS (
    SELECT w.id::bigint AS id, w.version, w.position FROM unnest({job_ids}, {job_versions}) WITH ORDINALITY AS w(id, version, position)
), moved AS (
    UPDATE {job} j
    SET attempts = 0, run_at = now(), updated_at = now()
    FROM wanted w
    WHERE j.id = w.id AND {of_task} AND j.locked_at IS NULL AND j.attempts >= j.max_attempts AND {dead_version} = w.version
    RETURNING j.id
)
SELECT w.id::text AS id,
       CASE WHEN w.id IN (SELECT m.id FROM moved m) THEN 'moved' WHEN j.id IS NULL THEN 'gone' ELSE 'changed' END AS outcome,
       NULL::text AS undo_token
FROM wanted w LEFT JOIN {job} j ON j.id = w.id
ORDER BY w.position
