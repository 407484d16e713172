WITH wanted AS (
    SELECT w.id::bigint AS id, w.version, w.position FROM unnest({job_ids}, {job_versions}) WITH ORDINALITY AS w(id, version, position)
), moved AS (
    UPDATE {job} j
    SET state = CASE WHEN j.metadata ? 'cancel_attempted_at' THEN 'cancelled' WHEN j.attempt < j.max_attempts THEN 'retryable'
                     ELSE 'discarded' END::{schema}.river_job_state,
        scheduled_at = now(),
        finalized_at = CASE WHEN j.metadata ? 'cancel_attempted_at' OR j.attempt >= j.max_attempts THEN now() END,
        errors = array_append(j.errors, jsonb_build_object('at', to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'attempt', j.attempt,
                                                           'error', {released}, 'trace', ''))
    FROM wanted w
    WHERE j.id = w.id AND j.queue = {queue_name} AND j.state = 'running' AND {claim_version} = w.version
    RETURNING j.id
)
SELECT w.id::text AS id,
       CASE WHEN w.id IN (SELECT m.id FROM moved m) THEN 'moved' WHEN j.id IS NULL THEN 'gone' ELSE 'changed' END AS outcome,
       NULL::text AS undo_token
FROM wanted w LEFT JOIN {job} j ON j.id = w.id AND j.queue = {queue_name}
ORDER BY w.position
