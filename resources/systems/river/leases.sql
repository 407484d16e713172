SELECT j.id::text AS id, j.queue, j.kind, j.attempted_by[array_upper(j.attempted_by, 1)] AS owner, j.attempted_at AS claimed_at,
       j.attempted_at + interval '1 hour' AS expires_at, j.attempt::bigint AS attempt, {claim_version} AS version,
       NULL::boolean AS owner_alive, NULL::timestamptz AS owner_seen_at, NULL::text AS evidence, count(*) OVER () AS total
FROM (SELECT r.id, r.queue, r.kind, r.attempted_by, r.attempted_at, r.attempt FROM {job} r WHERE r.state = 'running' LIMIT 5000) j
ORDER BY j.attempted_at, j.id
LIMIT {lease_limit}
