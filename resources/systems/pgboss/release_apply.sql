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
SELECT w.id::text AS id, CASE WHEN m.id IS NOT NULL THEN 'moved' WHEN j.id IS NULL THEN 'gone' ELSE 'changed' END AS outcome
FROM wanted w LEFT JOIN moved m ON m.id = w.id LEFT JOIN {job} j ON j.name = {queue_name} AND j.id = w.id
ORDER BY w.position
