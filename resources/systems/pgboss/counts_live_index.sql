SELECT q.queue, c.state, c.n, c.n >= {cap} AS capped
FROM {queues} AS q(queue)
CROSS JOIN LATERAL (
    SELECT 'ready' AS state, count(*) AS n FROM (
        (SELECT FROM {job} j WHERE j.name = q.queue AND j.state = 'created' AND NOT j.blocked AND j.start_after <= {due} LIMIT {cap})
        UNION ALL
        (SELECT FROM {job} j WHERE j.name = q.queue AND j.state = 'retry' AND NOT j.blocked AND j.start_after <= {due} LIMIT {cap})
    ) ready
    UNION ALL
    SELECT 'scheduled', count(*) FROM (
        (SELECT FROM {job} j WHERE j.name = q.queue AND j.state = 'created' AND NOT j.blocked AND j.start_after > {due} LIMIT {cap})
    ) scheduled
    UNION ALL
    SELECT 'blocked', count(*) FROM (
        (SELECT FROM {job} j WHERE j.name = q.queue AND j.state = 'created' AND j.blocked LIMIT {cap})
        UNION ALL
        (SELECT FROM {job} j WHERE j.name = q.queue AND j.state = 'retry' AND j.blocked LIMIT {cap})
    ) blocked
    UNION ALL
    SELECT 'retrying', count(*) FROM (
        SELECT FROM {job} j WHERE j.name = q.queue AND j.state = 'retry' AND NOT j.blocked AND j.start_after > {due} LIMIT {cap}) retrying
    UNION ALL
    SELECT 'running', count(*) FROM (
        SELECT FROM {job} j WHERE j.name = q.queue AND j.state = 'active' LIMIT {cap}) running
    UNION ALL
    SELECT 'dead', count(*) FROM (
        SELECT FROM {job} j WHERE j.name = q.queue AND j.state = 'failed' LIMIT {cap}) dead
) AS c
