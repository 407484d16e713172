SELECT q.name AS queue, {source} AS source, count(*) OVER () AS total, {version} AS version, {rule} AS rule, {dead_letter} AS dead_letter
FROM {schema}.queue q
WHERE q.name NOT LIKE '\_\_pgboss\_\_%'
ORDER BY {busiest_first} q.name
LIMIT {queue_limit}
