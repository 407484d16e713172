SELECT q.queue, c.state, c.n, c.n >= {cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT CASE s.name::text WHEN 'available' THEN 'ready' WHEN 'retryable' THEN 'retrying' WHEN {running} THEN 'running'
               WHEN 'discarded' THEN 'dead' ELSE 'scheduled' END AS state,
           sum(x.n)::bigint AS n
    FROM unnest({states}) AS s(name)
    CROSS JOIN LATERAL (
        SELECT count(*) AS n FROM (SELECT FROM {job} j WHERE j.state = s.name AND j.queue = q.queue LIMIT {cap}) y
    ) x
    WHERE s.name::text NOT IN ('completed', 'cancelled')
    GROUP BY 1
    UNION ALL
    SELECT 'overdue', count(*)
    FROM (SELECT
          FROM unnest({states}) AS s(name)
          CROSS JOIN {priorities} AS p(priority)
          CROSS JOIN LATERAL (
              SELECT FROM {job} j WHERE j.state = s.name AND j.queue = q.queue AND j.priority = p.priority
                                    AND j.scheduled_at < {stored_now} - interval '15 seconds' LIMIT {cap}) y
          WHERE s.name::text IN ('scheduled', 'retryable')
          LIMIT {cap}) z
) AS c
