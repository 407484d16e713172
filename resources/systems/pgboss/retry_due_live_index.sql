SELECT q.queue, d.due, d.n, d.walked >= {retry_cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT date_trunc('minute', x.start_after) AS due, count(*) AS n, sum(count(*)) OVER () AS walked
    FROM (SELECT j.start_after FROM {job} j
          WHERE j.name = q.queue AND j.state = 'retry' AND NOT j.blocked AND j.start_after > {now}
          ORDER BY j.start_after LIMIT {retry_cap}) x
    GROUP BY 1
) AS d
