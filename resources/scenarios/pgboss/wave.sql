-- The partner was down for a moment, and all {n} calls of that moment come back in the same second.
INSERT INTO pgboss.job (name, data, state, retry_limit, retry_count, retry_delay, retry_backoff, deletion_seconds,
                        created_on, started_on, start_after, output)
SELECT '{queue}', jsonb_build_object('number', g), 'retry', {retry_limit}, 0, 720, false, {deletion},
       now() - interval '2 seconds', now() - interval '1 second', now() + interval '12 minutes',
       jsonb_build_object('message', 'connect ECONNREFUSED 10.0.7.12:443')
FROM generate_series(1, {n}) g;
