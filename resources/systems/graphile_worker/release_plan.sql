SELECT j.id::text AS id, {queue_name} AS kind, j.locked_at AS at, NULL::text AS error, {claim_version} AS version,
       greatest(j.max_attempts - j.attempts, 0) AS remaining, NOT {expired} AS weak, false AS conflict
FROM {job} j
WHERE {of_task} AND j.locked_at IS NOT NULL AND ({expired} OR j.id::text = ANY ({job_ids}))
