WITH next AS (
    SELECT id FROM pgboss.job
    WHERE name = '{queue}' AND state < 'active' AND NOT blocked AND start_after <= now()
    ORDER BY priority DESC, created_on
    LIMIT {n}
    FOR UPDATE SKIP LOCKED
)
UPDATE pgboss.job j
SET state = 'active', started_on = now(), heartbeat_on = now(),
    retry_count = CASE WHEN j.started_on IS NULL THEN j.retry_count ELSE j.retry_count + 1 END
FROM next
WHERE j.name = '{queue}' AND j.id = next.id
RETURNING j.id;
