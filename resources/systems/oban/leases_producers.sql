SELECT j.id::text AS id, j.queue, j.worker AS kind, j.attempted_by[1] AS owner, timezone('UTC', j.attempted_at) AS claimed_at,
       timezone('UTC', j.attempted_at) + interval '60 minutes' AS expires_at, j.attempt::bigint AS attempt, j.xmin::text AS version,
       coalesce(timezone('UTC', p.updated_at) > {now} - interval '2 minutes', false) AS owner_alive,
       timezone('UTC', p.updated_at) AS owner_seen_at,
       CASE WHEN p.uuid IS NULL THEN 'its producer is no longer in oban_producers' END AS evidence, count(*) OVER () AS total
FROM (SELECT r.*, r.xmin FROM {job} r WHERE r.state = 'executing' LIMIT 5000) j
LEFT JOIN {schema}.oban_producers p ON p.uuid::text = j.attempted_by[2]
ORDER BY j.attempted_at, j.id
LIMIT {lease_limit}
