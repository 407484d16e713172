SELECT j.name AS queue, false AS capped,
       sum(CASE WHEN j.created_on > {since} + interval '0.95 s' THEN j.retry_count + 1 ELSE 1 END) AS executed,
       count(*) FILTER (WHERE j.retry_count = 0 OR j.created_on > {since} + interval '0.95 s') AS first_executed
FROM {job} j
WHERE j.started_on > {since} + interval '0.95 s' AND j.started_on <= {until} + interval '0.95 s'
GROUP BY j.name
