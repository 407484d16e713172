SELECT j.name AS queue, min(greatest(j.created_on, j.start_after)) AS oldest_ready_at, false AS capped
FROM {job} j
WHERE j.state < 'active' AND {claimable} AND j.start_after <= {now}
GROUP BY j.name
