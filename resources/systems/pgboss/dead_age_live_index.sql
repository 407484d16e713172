SELECT q.queue, d.oldest, d.lost_24h, d.n >= {heap_cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT count(*) AS n, min(x.completed_on) AS oldest,
           count(*) FILTER (WHERE x.deletion_s > 0
               AND x.completed_on + x.deletion_s * interval '1 second' <= {now} + interval '24 hours') AS lost_24h
    FROM (SELECT j.completed_on, {deletion_s} AS deletion_s FROM {job} j
          WHERE j.name = q.queue AND j.state = 'failed' AND NOT j.blocked ORDER BY j.start_after LIMIT {heap_cap}) x
) AS d
