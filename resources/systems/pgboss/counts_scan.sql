SELECT s.queue, s.state, count(*) AS n, false AS capped
FROM (
    SELECT j.name AS queue,
           CASE WHEN j.state = 'active' THEN 'running'
                WHEN j.state = 'failed' THEN 'dead'
                WHEN {blocked} THEN 'blocked'
                WHEN j.start_after <= {due} THEN 'ready'
                WHEN j.state = 'retry' THEN 'retrying'
                ELSE 'scheduled' END AS state
    FROM {job} j
    WHERE j.state IN ('created', 'retry', 'active', 'failed')
) s
GROUP BY s.queue, s.state
