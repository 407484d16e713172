WITH wanted AS (
    SELECT w.id::bigint AS id, w.version, w.position FROM unnest({job_ids}, {job_versions}) WITH ORDINALITY AS w(id, version, position)
), moved AS (
    UPDATE {job} j
    SET state = 'available', max_attempts = greatest(j.max_attempts, j.attempt + 1), scheduled_at = timezone('UTC', now()),
        completed_at = NULL, discarded_at = NULL{clear_cancelled}
    FROM wanted w
    WHERE j.id = w.id AND j.queue = {queue_name} AND j.state::text IN ('discarded', 'cancelled') AND {dead_version} = w.version
    RETURNING j.id
)
SELECT w.id::text AS id,
       CASE WHEN w.id IN (SELECT m.id FROM moved m) THEN 'moved' WHEN j.id IS NULL THEN 'gone' ELSE 'changed' END AS outcome,
       j.attempt::text AS undo_token
FROM wanted w LEFT JOIN {job} j ON j.id = w.id AND j.queue = {queue_name}
ORDER BY w.position
