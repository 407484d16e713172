SELECT q.queue, d.oldest, d.n >= {heap_cap} AS capped, d.p50, d.p90, d.b0, d.b1, d.b2, d.b3, d.b4, d.b5,
       CASE WHEN d.oldest >= {now} - interval '3 minutes' THEN d.oldest + interval '60 seconds' END AS purge_next_at,
       CASE WHEN d.oldest >= {now} - interval '3 minutes' THEN d.n END AS lost_24h
FROM {all_queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT count(*) AS n, min(x.at) AS oldest,
           {dead_ages}
    FROM (SELECT timezone('UTC', j.discarded_at) AS at FROM {job} j
          WHERE j.state = 'discarded' AND j.queue = q.queue LIMIT {heap_cap}) x
) d
WHERE d.n > 0
