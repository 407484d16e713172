SELECT q.queue, min(o.at) AS oldest_ready_at, false AS capped
FROM {queues} AS q(queue)
CROSS JOIN generate_series(1, 4) AS p(priority)
LEFT JOIN LATERAL (
    SELECT greatest(j.created_at, j.scheduled_at) AS at FROM {job} j
    WHERE j.state = 'available' AND j.queue = q.queue AND j.priority = p.priority AND j.scheduled_at <= {now}
    ORDER BY j.scheduled_at LIMIT 1) AS o ON true
GROUP BY q.queue
