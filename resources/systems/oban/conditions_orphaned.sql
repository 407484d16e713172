SELECT 'orphaned' AS kind, x.queue, min(x.node) AS subject, count(*) AS n, timezone('UTC', min(x.attempted_at)) AS since,
       'executing, but the producer that claimed them is no longer in oban_producers, or started after the claim' AS evidence
FROM (SELECT j.queue, j.attempted_at, j.attempted_by[1] AS node, j.attempted_by[2] AS producer FROM {job} j
      WHERE j.state = 'executing' LIMIT 5000) x
WHERE x.producer IS NOT NULL AND NOT EXISTS (SELECT FROM {schema}.oban_producers p WHERE p.uuid::text = x.producer)
   OR EXISTS (SELECT FROM {schema}.oban_producers p WHERE x.producer IS NULL AND p.node = x.node AND p.queue = x.queue AND {started} > x.attempted_at)
      AND NOT EXISTS (SELECT FROM {schema}.oban_producers p
                      WHERE p.node = x.node AND p.queue = x.queue AND coalesce({started} <= x.attempted_at, true))
GROUP BY x.queue
