SELECT 'schedule_overdue' AS kind, s.name AS queue, s.cron AS subject, v.cron_on AS since,
       'no pg-boss instance has looked at the schedules for more than 5 minutes (version.cron_on)' AS evidence
FROM {schema}.schedule s
CROSS JOIN {schema}.version v
WHERE greatest(v.cron_on, s.created_on) < {now} - interval '5 minutes'
ORDER BY s.name
LIMIT 20
