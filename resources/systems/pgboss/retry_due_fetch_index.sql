SELECT q.queue, d.due, d.n, d.walked >= {retry_row_cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT date_trunc('minute', x.start_after) AS due, count(*) FILTER (WHERE x.state = 'retry') AS n,
           sum(count(*)) OVER () AS walked
    FROM (SELECT j.start_after, j.state FROM {job} j
          WHERE j.name = q.queue AND j.state < 'active' AND {claimable} AND j.start_after > {now}
          ORDER BY j.start_after LIMIT {retry_row_cap}) x
    GROUP BY 1
) AS d
