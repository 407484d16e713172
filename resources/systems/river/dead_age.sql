WITH first AS MATERIALIZED (
    SELECT x.queue, x.at
    FROM (SELECT j.queue, j.finalized_at AS at FROM {job} j
          WHERE j.state = 'discarded' AND j.finalized_at IS NOT NULL ORDER BY j.finalized_at LIMIT {heap_cap}) x
), whole AS (
    SELECT coalesce(min(f.at) < {now} - interval '7 days 10 minutes', false) AS kept FROM first f
)
SELECT q.queue, least(d.oldest, f.oldest) AS oldest, d.n >= {heap_cap} AS capped, d.p50, d.p90, d.b0, d.b1, d.b2, d.b3, d.b4, d.b5,
       CASE WHEN NOT a.kept THEN least(d.oldest, f.oldest) + interval '7 days' END AS purge_next_at,
       CASE WHEN NOT a.kept THEN greatest(d.lost, f.lost) END AS lost_24h
FROM {all_queues} AS q(queue)
CROSS JOIN whole a
CROSS JOIN LATERAL (
    SELECT count(*) AS n, min(x.at) AS oldest, count(*) FILTER (WHERE x.at <= {now} - interval '6 days') AS lost,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY x.at) AS p50,
           percentile_disc(0.1) WITHIN GROUP (ORDER BY x.at) AS p90,
           count(*) FILTER (WHERE x.at > {now} - interval '1 hour') AS b0,
           count(*) FILTER (WHERE x.at <= {now} - interval '1 hour' AND x.at > {now} - interval '24 hours') AS b1,
           count(*) FILTER (WHERE x.at <= {now} - interval '24 hours' AND x.at > {now} - interval '7 days') AS b2,
           count(*) FILTER (WHERE x.at <= {now} - interval '7 days' AND x.at > {now} - interval '30 days') AS b3,
           count(*) FILTER (WHERE x.at <= {now} - interval '30 days' AND x.at > {now} - interval '90 days') AS b4,
           count(*) FILTER (WHERE x.at <= {now} - interval '90 days') AS b5
    FROM (SELECT j.finalized_at AS at FROM {job} j WHERE j.state = 'discarded' AND j.queue = q.queue LIMIT {heap_cap}) x
) d
LEFT JOIN (
    SELECT x.queue, min(x.at) AS oldest, count(*) FILTER (WHERE x.at <= {now} - interval '6 days') AS lost FROM first x GROUP BY x.queue
) f ON f.queue = q.queue
WHERE d.n > 0
