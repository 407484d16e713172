SELECT j.name AS queue, extract(epoch FROM avg(j.completed_on - j.started_on)) AS seconds, count(*) AS n
FROM {job} j
WHERE j.state = 'completed' AND j.retry_count = 0 AND j.completed_on > {now} - interval '1 hour' AND j.started_on IS NOT NULL
GROUP BY j.name
