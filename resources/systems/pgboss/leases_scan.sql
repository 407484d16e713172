SELECT j.id::text AS id, j.name AS queue, j.started_on AS claimed_at, {expiry} AS expires_at, j.retry_count + 1 AS attempt,
       j.started_on::text || ' ' || j.retry_count AS version
FROM {job} j
WHERE j.state = 'active'
ORDER BY j.started_on
LIMIT {lease_limit}
