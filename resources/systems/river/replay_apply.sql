WITH wanted AS (
    SELECT w.id::bigint AS id, w.version, w.position FROM unnest({job_ids}, {job_versions}) WITH ORDINALITY AS w(id, version, position)
), moved AS (
    UPDATE {job} j
    SET state = 'available', scheduled_at = now(), finalized_at = NULL,
        max_attempts = j.max_attempts + CASE WHEN j.attempt = j.max_attempts THEN 1 ELSE 0 END
    FROM wanted w
    WHERE j.id = w.id AND j.queue = {queue_name} AND j.state IN ('discarded', 'cancelled') AND {dead_version} = w.version
      AND (j.attempt < j.max_attempts OR j.max_attempts < 32767)
    RETURNING j.id
)
SELECT w.id::text AS id,
       CASE WHEN w.id IN (SELECT m.id FROM moved m) THEN 'moved' WHEN j.id IS NULL THEN 'gone' ELSE 'changed' END AS outcome,
       j.attempt::text AS undo_token
FROM wanted w LEFT JOIN {job} j ON j.id = w.id AND j.queue = {queue_name}
ORDER BY w.position
