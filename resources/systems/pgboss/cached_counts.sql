SELECT q.name AS queue, c.state, c.n, q.monitor_on AS as_of
FROM {schema}.queue q
CROSS JOIN LATERAL (VALUES ('ready', {cached_ready}), ('running', q.active_count), ('dead', {cached_failed})) AS c(state, n)
WHERE q.name IN (SELECT a.queue FROM {all_queues} AS a(queue)) AND q.monitor_on IS NOT NULL AND c.n IS NOT NULL
