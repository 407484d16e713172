SELECT j.id::text AS id, {queue_name} AS kind,
       greatest(j.created_at, j.updated_at, j.run_at - exp(least(j.attempts, 10)) * interval '1 second') AS at,
       left(j.last_error, 2000) AS error, {dead_version} AS version, j.max_attempts AS remaining, false AS weak, false AS conflict
FROM {job} j
WHERE {of_task} AND j.locked_at IS NULL AND j.attempts >= j.max_attempts
