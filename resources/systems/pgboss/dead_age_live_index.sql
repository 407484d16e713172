SELECT q.queue, d.*, d.n >= {heap_cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT count(*) AS n, min(x.at) AS oldest,
           {dead_ages},
           min(x.purge_at) AS purge_next_at,
           count(*) FILTER (WHERE x.purge_at <= {now} + interval '24 hours') AS lost_24h
    FROM (SELECT j.completed_on AS at, {purge_at} AS purge_at FROM {job} j
          WHERE j.name = q.queue AND j.state = 'failed' AND NOT j.blocked ORDER BY j.start_after LIMIT {heap_cap}) x
) AS d
