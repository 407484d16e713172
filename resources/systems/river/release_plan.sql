SELECT j.id::text AS id, j.kind, j.attempted_at AS at, NULL::text AS error, {claim_version} AS version,
       greatest(j.max_attempts - j.attempt, 0) AS remaining, NOT {expired} OR {weak_lease} AS weak, false AS conflict
FROM {job} j
WHERE j.queue = {queue_name} AND j.state = 'running' AND ({expired} OR j.id::text = ANY ({job_ids}))
