SELECT j.id::text AS id, j.queue, j.worker AS kind, j.attempted_by[1] AS owner, timezone('UTC', j.attempted_at) AS claimed_at,
       timezone('UTC', j.attempted_at) + interval '60 minutes' AS expires_at, j.attempt::bigint AS attempt, j.xmin::text AS version,
       NULL::boolean AS owner_alive, NULL::timestamptz AS owner_seen_at, NULL::text AS evidence, count(*) OVER () AS total
FROM (SELECT r.*, r.xmin FROM {job} r WHERE r.state = 'executing' LIMIT 5000) j
ORDER BY j.attempted_at, j.id
LIMIT {lease_limit}
