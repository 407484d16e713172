SELECT 'schedule_overdue' AS kind, NULL::text AS queue, c.identifier AS subject, NULL::bigint AS n,
       coalesce(c.last_execution, c.known_since) AS since,
       'weak: not fired for over 32 days; Graphile Worker stores no interval, and keeps schedules that were removed from the crontab'
           AS evidence
FROM {crontabs} c
WHERE coalesce(c.last_execution, c.known_since) < {now} - interval '32 days'
  AND coalesce(c.last_execution, c.known_since) > {now} - interval '400 days'
ORDER BY c.last_execution
LIMIT 20
