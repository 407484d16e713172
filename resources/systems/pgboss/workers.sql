SELECT i.id::text AS id, i.host, i.pid, i.heartbeat_on AS heartbeat_at,
       i.stopped_on IS NULL AND i.heartbeat_on >= {now} - 3 * i.heartbeat_seconds * interval '1 second'
           AND jsonb_array_length(i.workers) > 0 AS alive,
       jsonb_array_length(i.workers) > 0 AS named,
       jsonb_array_length(i.workers) = 0 AND i.stopped_on IS NULL AND {registered} > {now} - 2 * i.heartbeat_seconds * interval '1 second' AS young,
       w.concurrency, w.busy, w.queues
FROM {schema}.instance i
CROSS JOIN LATERAL (
    SELECT coalesce(sum((x.w ->> 'localConcurrency')::bigint * (x.w ->> 'batchSize')::bigint), 0) AS concurrency,
           coalesce(sum((x.w ->> 'active')::bigint), 0) AS busy,
           array_agg(DISTINCT x.w ->> 'queue') AS queues
    FROM jsonb_array_elements(i.workers) AS x(w)
) AS w
ORDER BY i.heartbeat_on DESC
LIMIT 1000
