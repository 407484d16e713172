SELECT q.queue, e.n, e.next_at, e.walked >= {heap_cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE x.keep_until <= {now} + interval '24 hours') AS n, count(*) AS walked,
           min(x.keep_until) FILTER (WHERE x.keep_until <= {now} + interval '24 hours') AS next_at
    FROM (SELECT j.keep_until FROM {job} j
          WHERE j.name = q.queue AND j.state < 'active' AND {claimable} LIMIT {heap_cap}) x
) AS e
