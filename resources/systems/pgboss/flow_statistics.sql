SELECT q.name AS queue, pg_stat_get_tuples_inserted(c.oid) AS enqueued, false AS capped
FROM {schema}.queue q
JOIN pg_namespace n ON n.nspname = {schema_name}
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = q.partition_name
WHERE q.name IN (SELECT a.queue FROM {all_queues} AS a(queue))
