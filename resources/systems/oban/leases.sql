SELECT j.id::text AS id, j.queue, j.worker AS kind, j.attempted_by[1] AS owner, timezone('UTC', j.attempted_at) AS claimed_at,
       timezone('UTC', j.attempted_at) + interval '60 minutes' AS expires_at, j.attempt::bigint AS attempt,
       array_to_string(j.attempted_by, ' ') AS claimer, j.attempt - coalesce(cardinality(j.errors), 0) - j.max_attempts AS traceless,
       {claim_version} AS version,
       NULL::boolean AS owner_alive, NULL::timestamptz AS owner_seen_at,
       -- A producer that is being stopped may still run its last jobs beside the new one.
       CASE WHEN j.node_last > j.own_last
            THEN CASE WHEN timezone('UTC', j.node_last) > {now} - interval '2 minutes' THEN 'weak: ' ELSE '' END
                 || 'the claim is older than its owner: ' || j.attempted_by[1] || ' has started again and works on this queue under a newer producer'
       END AS evidence,
       count(*) OVER () AS total
FROM (SELECT r.*, max(r.attempted_at) OVER (PARTITION BY r.queue, r.attempted_by[1], r.attempted_by[2]) AS own_last,
             max(r.attempted_at) OVER (PARTITION BY r.queue, r.attempted_by[1], r.attempted_by[2] IS NULL) AS node_last
      FROM (SELECT x.id, x.queue, x.worker, x.attempted_by, x.attempted_at, x.attempt, x.max_attempts, x.errors
            FROM {job} x WHERE x.state = 'executing' LIMIT 5000) r) j
ORDER BY j.attempted_at, j.id
LIMIT {lease_limit}
