WITH wanted AS (
    SELECT w.id::uuid AS id, w.version, w.position FROM unnest({job_ids}, {job_versions}) WITH ORDINALITY AS w(id, version, position)
), moved AS (
    UPDATE {job} j
    SET state = 'retry', start_after = now(){clear_heartbeat}
    FROM wanted w
    WHERE j.name = {queue_name} AND j.id = w.id AND j.state = 'active' AND j.retry_count < j.retry_limit
      AND j.started_on::text || ' ' || j.retry_count = w.version AND {expiry} < clock_timestamp()
    RETURNING j.id
)
SELECT w.id::text AS id,
       CASE WHEN w.id IN (SELECT m.id FROM moved m) THEN 'moved' WHEN j.id IS NULL THEN 'gone' ELSE 'changed' END AS outcome,
       NULL::text AS undo_token
FROM wanted w LEFT JOIN {job} j ON j.name = {queue_name} AND j.id = w.id
ORDER BY w.position
