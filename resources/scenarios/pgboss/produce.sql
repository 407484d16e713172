INSERT INTO pgboss.job (name, data, retry_limit, retry_delay, retry_backoff, deletion_seconds)
SELECT '{queue}', jsonb_build_object('number', g), {retry_limit}, {retry_delay}, true, {deletion}
FROM generate_series(1, {n}) g;
