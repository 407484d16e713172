SELECT j.id::text AS id, j.worker AS kind, timezone('UTC', j.attempted_at) AS at, NULL::text AS error, {claim_version} AS version,
       greatest(j.max_attempts - j.attempt, 0) AS remaining, NOT {expired} OR {weak_lease} AS weak, false AS conflict
FROM {job} j
WHERE j.queue = {queue_name} AND j.state = 'executing' AND ({expired} OR j.id::text = ANY ({job_ids}))
