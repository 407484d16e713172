SELECT j.name AS queue, false AS capped, bool_or({job_fleeting}) AS fleeting,
       count(*) FILTER (WHERE j.created_on > {since} AND j.created_on <= {until}) AS enqueued,
       count(*) FILTER (WHERE j.completed_on > {since} AND j.completed_on <= {until} AND j.state = 'completed') AS completed,
       count(*) FILTER (WHERE j.completed_on > {since} AND j.completed_on <= {until}
                          AND j.state IN ('failed', 'cancelled')) AS died,
       count(*) FILTER (WHERE j.completed_on > {since} AND j.completed_on <= {until} AND j.state = 'failed') AS failed
FROM {job} j
GROUP BY j.name
UNION ALL
-- Also of a queue with no row left.
SELECT q.name, false, true, 0, 0, 0, 0
FROM {schema}.queue q
WHERE {fleeting}
