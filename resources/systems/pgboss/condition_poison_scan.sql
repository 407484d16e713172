SELECT 'poison_pill' AS kind, j.name AS queue, count(*) AS n, min(j.started_on) AS since,
       'at least three attempts used up, and the last one ended without an answer from its worker (timeout or lost heartbeat)' AS evidence,
       false AS capped
FROM {job} j
WHERE j.state IN ('retry', 'failed') AND j.retry_count >= 2 AND {silent}
GROUP BY j.name
