WITH wanted AS (
    SELECT w.id::uuid AS id, w.version, w.position FROM unnest({job_ids}, {job_versions}) WITH ORDINALITY AS w(id, version, position)
), moved AS (
    UPDATE {job} j
    SET state = 'retry', retry_limit = j.retry_limit + 1, completed_on = NULL, start_after = greatest(j.start_after, now()),
        keep_until = greatest(j.keep_until, now() + coalesce((SELECT {retention} FROM {schema}.queue q WHERE q.name = {queue_name}),
                                                            interval '14 days'))
    FROM wanted w
    WHERE j.name = {queue_name} AND j.id = w.id AND j.state = 'failed'
      AND j.completed_on::text || ' ' || j.retry_count || ' ' || j.retry_limit = w.version
    RETURNING j.id
)
SELECT w.id::text AS id,
       CASE WHEN w.id IN (SELECT m.id FROM moved m) THEN 'moved' WHEN j.id IS NULL THEN 'gone' ELSE 'changed' END AS outcome,
       (j.retry_limit + 1)::text AS undo_token
FROM wanted w LEFT JOIN {job} j ON j.name = {queue_name} AND j.id = w.id
ORDER BY w.position
