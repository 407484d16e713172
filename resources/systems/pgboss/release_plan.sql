SELECT j.id::text AS id, NULL::text AS kind, j.started_on AS at, NULL::text AS error,
       j.started_on::text || ' ' || j.retry_count AS version, j.retry_limit - j.retry_count AS remaining,
       {weak_lease} AS weak, false AS conflict
FROM {job} j
WHERE j.name = {queue_name} AND j.state = 'active' AND j.retry_count < j.retry_limit AND {expiry} < clock_timestamp()
