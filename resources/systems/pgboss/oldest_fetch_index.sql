SELECT q.queue, o.at AS oldest_ready_at, false AS capped
FROM {queues} AS q(queue)
LEFT JOIN LATERAL (
    SELECT greatest(j.created_on, j.start_after) AS at FROM {job} j
    WHERE j.name = q.queue AND j.state < 'active' AND {claimable} AND j.start_after <= {now}
    ORDER BY j.start_after LIMIT 1) AS o ON true
