WITH wanted AS (
    SELECT w.id::bigint AS id, w.version, w.position FROM unnest({job_ids}, {job_versions}) WITH ORDINALITY AS w(id, version, position)
), held AS (
    SELECT j.id, j.locked_by, {serial_queue} AS serial_queue
    FROM {job} j JOIN wanted w ON w.id = j.id
    WHERE {of_task} AND j.locked_at IS NOT NULL AND {claim_version} = w.version
    FOR UPDATE OF j
), freed AS (
    UPDATE {serial_queues} q SET locked_at = NULL, locked_by = NULL
    FROM held h
    WHERE q.{serial_queue_key} = h.serial_queue AND q.locked_by = h.locked_by
    RETURNING q.{serial_queue_key}
), moved AS (
    UPDATE {job} j
    SET locked_at = NULL, locked_by = NULL, run_at = greatest(j.run_at, now())
    FROM held h
    WHERE j.id = h.id
    RETURNING j.id
)
SELECT w.id::text AS id,
       CASE WHEN w.id IN (SELECT m.id FROM moved m) THEN 'moved' WHEN j.id IS NULL THEN 'gone' ELSE 'changed' END AS outcome,
       NULL::text AS undo_token
FROM wanted w LEFT JOIN {job} j ON j.id = w.id
ORDER BY w.position
