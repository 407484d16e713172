SELECT q.queue, {stored_due} AS due, d.n, d.walked >= {retry_cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT date_trunc('minute', x.scheduled_at) AS due, count(*) AS n, sum(count(*)) OVER () AS walked
    FROM (SELECT j.scheduled_at
          FROM {priorities} AS p(priority)
          CROSS JOIN LATERAL (
              SELECT k.scheduled_at FROM {job} k
              WHERE k.state = 'retryable' AND k.queue = q.queue AND k.priority = p.priority
                AND k.scheduled_at > {stored_now} AND k.scheduled_at <= {stored_now} + interval '1 hour'
              ORDER BY k.scheduled_at LIMIT {retry_cap}) j
          LIMIT {retry_cap}) x
    GROUP BY 1
) d
