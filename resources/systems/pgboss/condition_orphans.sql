SELECT 'orphaned' AS kind, i.host || ' ' || i.pid AS subject, w.active AS n, i.heartbeat_on AS since,
       'the instance has sent no heartbeat for three of its intervals of ' || i.heartbeat_seconds
           || ' s; with the last one it was running these jobs' AS evidence
FROM {schema}.instance i
CROSS JOIN LATERAL (
    SELECT coalesce(sum((x.w ->> 'active')::bigint), 0) AS active FROM jsonb_array_elements(i.workers) AS x(w)
) AS w
WHERE i.stopped_on IS NULL AND w.active > 0 AND i.heartbeat_on < {now} - 3 * i.heartbeat_seconds * interval '1 second'
ORDER BY i.heartbeat_on
LIMIT 20
