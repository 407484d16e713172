WITH first AS MATERIALIZED (
    SELECT x.queue, x.at
    FROM (SELECT j.queue, {died_at} AS at FROM {job} j
          WHERE j.state = 'discarded' AND {died} IS NOT NULL ORDER BY {died} LIMIT {heap_cap}) x
), whole AS (
    SELECT coalesce(min(f.at) < {now} - {surely_pruned}, false) AS kept FROM first f
)
SELECT q.queue, least(d.oldest, f.oldest) AS oldest, d.n >= {heap_cap} AS capped, d.p50, d.p90, d.b0, d.b1, d.b2, d.b3, d.b4, d.b5,
       CASE WHEN NOT a.kept THEN least(d.oldest, f.oldest) + {retention} END AS purge_next_at,
       CASE WHEN NOT a.kept THEN greatest(d.lost, f.lost) END AS lost_24h
FROM {all_queues} AS q(queue)
CROSS JOIN whole a
CROSS JOIN LATERAL (
    SELECT count(*) AS n, min(x.at) AS oldest, count(*) FILTER (WHERE x.at <= {now} + interval '24 hours' - {retention}) AS lost,
           {dead_ages}
    FROM (SELECT {died_at} AS at FROM {job} j WHERE j.state = 'discarded' AND j.queue = q.queue LIMIT {heap_cap}) x
) d
LEFT JOIN (
    SELECT x.queue, min(x.at) AS oldest, count(*) FILTER (WHERE x.at <= {now} + interval '24 hours' - {retention}) AS lost FROM first x GROUP BY x.queue
) f ON f.queue = q.queue
WHERE d.n > 0
