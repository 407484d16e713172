SELECT p.uuid::text AS id, p.node AS host, NULL::bigint AS pid, ARRAY[p.queue::text] AS queues,
       (p.meta ->> 'local_limit')::bigint AS concurrency,
       (SELECT count(*) FROM (SELECT r.attempted_by FROM {job} r WHERE r.state = 'executing' LIMIT 5000) j
        WHERE j.attempted_by[2] = p.uuid::text) AS busy,
       timezone('UTC', p.updated_at) AS heartbeat_at, timezone('UTC', p.updated_at) > {now} - interval '2 minutes' AS alive
FROM (SELECT x.uuid, x.node, x.queue, x.updated_at, to_jsonb(x.meta) AS meta FROM {schema}.oban_producers x LIMIT 1000) p
ORDER BY p.updated_at DESC
