SELECT t.identifier AS queue, count(*) OVER () AS total, {version} AS version
FROM {tasks} t
ORDER BY t.identifier
LIMIT {queue_limit}
