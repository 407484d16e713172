SELECT 'unserved' AS kind, q.queue, NULL::text AS subject, a.n, r.updated_at AS since,
       CASE WHEN r.name IS NULL THEN 'no River client has registered this queue in river_queue within a day'
            ELSE 'no River client has renewed this queue in river_queue, as each does about every 10 minutes' END AS evidence
FROM {all_queues} AS q(queue)
LEFT JOIN {schema}.river_queue r ON r.name = q.queue
CROSS JOIN LATERAL (
    SELECT count(*) AS n, min(x.created_at) AS oldest
    FROM (SELECT j.created_at FROM {job} j WHERE j.state = 'available' AND j.queue = q.queue LIMIT {heap_cap}) x
) a
WHERE (r.name IS NULL OR r.updated_at < {now} - interval '25 minutes') AND a.oldest < {now} - interval '2 minutes'
LIMIT 50
