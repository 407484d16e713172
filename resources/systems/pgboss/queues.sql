SELECT q.name AS queue, {source} AS source, count(*) OVER () AS total, {version} AS version
FROM {schema}.queue q
ORDER BY {busiest_first} q.name
LIMIT {queue_limit}
