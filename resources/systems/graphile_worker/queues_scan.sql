SELECT s.queue, count(*) OVER () AS total, {version} AS version
FROM (SELECT DISTINCT j.task_identifier AS queue FROM {jobs} j) s
ORDER BY s.queue
LIMIT {queue_limit}
