SELECT 'no_leader' AS kind, 'supervisor' AS subject, max({monitored}) AS since,
       'no pg-boss instance has looked after any queue for more than 5 minutes (queue.monitor_on): expired jobs stay active and nothing is deleted' AS evidence
FROM {schema}.queue q
HAVING greatest(max({monitored}), max(q.created_on)) < {now} - interval '5 minutes'
