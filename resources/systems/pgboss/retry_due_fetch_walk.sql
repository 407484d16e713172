SELECT q.queue, d.due, d.n, d.walked >= {retry_row_cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT date_trunc('minute', x.start_after) AS due,
           count(*) FILTER (WHERE x.state = 'retry' AND x.start_after > {now}) AS n, sum(count(*)) OVER () AS walked
    FROM (SELECT j.start_after, j.state FROM {job} j
          WHERE j.name = q.queue AND j.state < 'active' AND {claimable} LIMIT {retry_row_cap}) x
    GROUP BY 1
) AS d
