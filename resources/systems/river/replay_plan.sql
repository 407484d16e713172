SELECT j.id::text AS id, j.kind, j.finalized_at AS at, left(j.errors[array_upper(j.errors, 1)] ->> 'error', 2000) AS error, {dead_version} AS version,
       greatest(j.max_attempts - j.attempt, 1) AS remaining, false AS weak, {replay_conflict} AS conflict
FROM {job} j
WHERE j.queue = {queue_name} AND j.state = 'discarded' AND j.finalized_at IS NOT NULL
UNION ALL
SELECT j.id::text, j.kind, j.finalized_at, left(j.errors[array_upper(j.errors, 1)] ->> 'error', 2000), {dead_version},
       greatest(j.max_attempts - j.attempt, 1), false, {replay_conflict}
FROM {job} j
WHERE j.queue = {queue_name} AND j.state = 'cancelled' AND j.finalized_at IS NOT NULL AND j.id::text = ANY ({job_ids})
