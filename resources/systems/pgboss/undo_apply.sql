WITH wanted AS (
    SELECT w.id::uuid AS id, w.version, w.position FROM unnest({job_ids}, {job_versions}) WITH ORDINALITY AS w(id, version, position)
), moved AS (
    UPDATE {job} j
    SET state = 'failed', retry_limit = j.retry_limit - 1,
        completed_on = (split_part(w.version, ' ', 1) || ' ' || split_part(w.version, ' ', 2))::timestamptz
    FROM wanted w
    WHERE j.name = {queue_name} AND j.id = w.id AND {as_replayed}
    RETURNING j.id, w.version
), copies AS (
    UPDATE {job} c
    SET state = CASE WHEN c.started_on IS NULL THEN 'created' ELSE 'retry' END::{schema}.job_state, completed_on = NULL
    FROM moved m
    WHERE c.name IN ({dead_letter_queues}) AND c.state = 'cancelled'
      AND c.id = ANY (string_to_array(nullif(split_part(m.version, ' +', 2), ''), ',')::uuid[])
)
SELECT w.id::text AS id,
       CASE WHEN w.id IN (SELECT m.id FROM moved m) THEN 'moved' WHEN j.id IS NULL THEN 'gone' ELSE 'changed' END AS outcome,
       NULL::text AS undo_token
FROM wanted w LEFT JOIN {job} j ON j.name = {queue_name} AND j.id = w.id
ORDER BY w.position
