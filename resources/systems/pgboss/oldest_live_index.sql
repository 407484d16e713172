SELECT q.queue, least(c.at, r.at) AS oldest_ready_at, false AS capped
FROM {queues} AS q(queue)
LEFT JOIN LATERAL (
    SELECT greatest(j.created_on, j.start_after) AS at FROM {job} j
    WHERE j.name = q.queue AND j.state = 'created' AND NOT j.blocked AND j.start_after <= {now}
    ORDER BY j.start_after LIMIT 1) AS c ON true
LEFT JOIN LATERAL (
    SELECT greatest(j.created_on, j.start_after) AS at FROM {job} j
    WHERE j.name = q.queue AND j.state = 'retry' AND NOT j.blocked AND j.start_after <= {now}
    ORDER BY j.start_after LIMIT 1) AS r ON true
