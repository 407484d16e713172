-- {n} jobs that failed for good: most of them long ago, the oldest 92 days.
INSERT INTO pgboss.job (name, data, state, retry_limit, retry_count, deletion_seconds, created_on, start_after,
                        started_on, completed_on, keep_until, output)
SELECT '{queue}', jsonb_build_object('number', g, 'to', 'customer-' || g || '@example.org'), 'failed', 3, 3, {deletion},
       d.at - interval '10 minutes', d.at - interval '1 minute', d.at - interval '2 seconds', d.at, d.at + interval '14 days',
       jsonb_build_object('message', CASE g % 3
           WHEN 0 THEN 'SMTP 550: mailbox of customer-' || g || '@example.org is unavailable'
           WHEN 1 THEN 'connect ETIMEDOUT 10.0.3.' || g % 250 || ':587'
           ELSE 'template ' || g || ' not found' END)
FROM generate_series(1, {n}) g,
     LATERAL (SELECT now() - interval '92 days' * power(1 - (g - 1)::float8 / {n}, 0.6) AS at) d;
