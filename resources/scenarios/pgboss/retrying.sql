-- {n} jobs that wait for their next attempt, due over the next three minutes.
INSERT INTO pgboss.job (name, data, state, retry_limit, retry_count, retry_delay, retry_backoff, deletion_seconds,
                        created_on, started_on, start_after, output)
SELECT '{queue}', jsonb_build_object('number', g), 'retry', {retry_limit}, 1 + g % 2, {retry_delay}, true, {deletion},
       now() - interval '4 minutes', now() - interval '1 minute', now() + interval '3 minutes' * g / {n},
       jsonb_build_object('message', 'upstream answered 503')
FROM generate_series(1, {n}) g;
