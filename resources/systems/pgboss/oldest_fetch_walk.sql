SELECT q.queue, w.at AS oldest_ready_at, w.walked >= {heap_cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT count(*) AS walked,
           min(greatest(x.created_on, x.start_after)) FILTER (WHERE x.start_after <= {now}) AS at
    FROM (SELECT j.created_on, j.start_after FROM {job} j
          WHERE j.name = q.queue AND j.state < 'active' AND {claimable} LIMIT {heap_cap}) x
) AS w
