SELECT q.queue, d.oldest, d.n >= {heap_cap} AS capped, d.p50, d.p90, d.b0, d.b1, d.b2, d.b3, d.b4, d.b5,
       CASE WHEN d.oldest >= {now} - interval '3 minutes' THEN d.oldest + interval '60 seconds' END AS purge_next_at,
       CASE WHEN d.oldest >= {now} - interval '3 minutes' THEN d.n END AS lost_24h
FROM {all_queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT count(*) AS n, min(x.at) AS oldest,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY x.at) AS p50,
           percentile_disc(0.1) WITHIN GROUP (ORDER BY x.at) AS p90,
           count(*) FILTER (WHERE x.at > {now} - interval '1 hour') AS b0,
           count(*) FILTER (WHERE x.at <= {now} - interval '1 hour' AND x.at > {now} - interval '24 hours') AS b1,
           count(*) FILTER (WHERE x.at <= {now} - interval '24 hours' AND x.at > {now} - interval '7 days') AS b2,
           count(*) FILTER (WHERE x.at <= {now} - interval '7 days' AND x.at > {now} - interval '30 days') AS b3,
           count(*) FILTER (WHERE x.at <= {now} - interval '30 days' AND x.at > {now} - interval '90 days') AS b4,
           count(*) FILTER (WHERE x.at <= {now} - interval '90 days') AS b5
    FROM (SELECT timezone('UTC', j.discarded_at) AS at FROM {job} j
          WHERE j.state = 'discarded' AND j.queue = q.queue LIMIT {heap_cap}) x
) d
WHERE d.n > 0
