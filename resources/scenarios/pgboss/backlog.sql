-- {n} jobs that have been waiting since up to {seconds} s.
INSERT INTO pgboss.job (name, data, retry_limit, retry_delay, retry_backoff, deletion_seconds, created_on, start_after)
SELECT '{queue}', jsonb_build_object('number', g), {retry_limit}, {retry_delay}, true, {deletion}, t.at, t.at
FROM generate_series(1, {n}) g, LATERAL (SELECT now() - {seconds} * interval '1 second' * (1 - g::float8 / {n}) AS at) t;
