WITH walk AS MATERIALIZED (
    SELECT x.queue, x.at
    FROM (SELECT j.queue, j.finalized_at AS at FROM {job} j
          WHERE j.state = 'discarded' AND j.finalized_at IS NOT NULL
          ORDER BY j.finalized_at LIMIT {heap_cap} * (SELECT count(*) FROM {all_queues})) x
), whole AS (
    SELECT count(*) >= {heap_cap} * (SELECT count(*) FROM {all_queues}) AS capped,
           coalesce(min(w.at) < {now} - interval '7 days 10 minutes', false) AS kept
    FROM walk w
)
SELECT w.queue, min(w.at) AS oldest, a.capped,
       CASE WHEN NOT a.capped THEN percentile_disc(0.5) WITHIN GROUP (ORDER BY w.at) END AS p50,
       CASE WHEN NOT a.capped THEN percentile_disc(0.1) WITHIN GROUP (ORDER BY w.at) END AS p90,
       count(*) FILTER (WHERE w.at > {now} - interval '1 hour') AS b0,
       count(*) FILTER (WHERE w.at <= {now} - interval '1 hour' AND w.at > {now} - interval '24 hours') AS b1,
       count(*) FILTER (WHERE w.at <= {now} - interval '24 hours' AND w.at > {now} - interval '7 days') AS b2,
       count(*) FILTER (WHERE w.at <= {now} - interval '7 days' AND w.at > {now} - interval '30 days') AS b3,
       count(*) FILTER (WHERE w.at <= {now} - interval '30 days' AND w.at > {now} - interval '90 days') AS b4,
       count(*) FILTER (WHERE w.at <= {now} - interval '90 days') AS b5,
       CASE WHEN NOT a.kept THEN min(w.at) + interval '7 days' END AS purge_next_at,
       CASE WHEN NOT a.kept THEN count(*) FILTER (WHERE w.at <= {now} - interval '6 days') END AS lost_24h
FROM walk w
CROSS JOIN whole a
GROUP BY w.queue, a.capped, a.kept
