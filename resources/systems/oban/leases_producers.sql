SELECT j.id::text AS id, j.queue, j.worker AS kind, j.attempted_by[1] AS owner, timezone('UTC', j.attempted_at) AS claimed_at,
       timezone('UTC', j.attempted_at) + interval '60 minutes' AS expires_at, j.attempt::bigint AS attempt,
       array_to_string(j.attempted_by, ' ') AS claimer, j.attempt - coalesce(cardinality(j.errors), 0) - j.max_attempts AS traceless,
       {claim_version} AS version,
       coalesce(timezone('UTC', p.updated_at) > {now} - interval '2 minutes', false) AS owner_alive,
       timezone('UTC', p.updated_at) AS owner_seen_at,
       CASE WHEN p.uuid IS NULL THEN 'its producer is no longer in oban_producers'
            WHEN p.started_at > j.attempted_at THEN 'the claim is older than its owner: ' || j.attempted_by[1] || ' has started again since'
       END AS evidence, count(*) OVER () AS total
FROM (SELECT r.id, r.queue, r.worker, r.attempted_by, r.attempted_at, r.attempt, r.max_attempts, r.errors FROM {job} r WHERE r.state = 'executing' LIMIT 5000) j
LEFT JOIN LATERAL (
    SELECT p.uuid, p.updated_at, {started} AS started_at FROM {schema}.oban_producers p
    WHERE p.uuid::text = j.attempted_by[2] OR j.attempted_by[2] IS NULL AND p.node = j.attempted_by[1] AND p.queue = j.queue
    ORDER BY 3 LIMIT 1
) p ON true
ORDER BY j.attempted_at, j.id
LIMIT {lease_limit}
