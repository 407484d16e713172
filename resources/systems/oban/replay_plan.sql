SELECT j.id::text AS id, j.worker AS kind, timezone('UTC', j.discarded_at) AS at,
       left(j.errors[array_upper(j.errors, 1)] ->> 'error', 2000) AS error, {dead_version} AS version,
       greatest(j.max_attempts - j.attempt, 1) AS remaining, false AS weak, false AS conflict
FROM {job} j
WHERE j.queue = {queue_name} AND j.state = 'discarded' AND j.discarded_at IS NOT NULL
{named_cancelled}
