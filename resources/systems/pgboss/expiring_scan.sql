SELECT j.name AS queue, count(*) AS n, min(j.keep_until) AS next_at, false AS capped
FROM {job} j
WHERE j.state < 'active' AND j.keep_until <= {now} + interval '24 hours'
GROUP BY j.name
