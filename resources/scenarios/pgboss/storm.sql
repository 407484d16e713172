-- What the bursts of {n} jobs, one every {burst_every} s, have come to when every attempt has failed and each wait is
-- twice as long as the one before, to the second: they come back together.
INSERT INTO pgboss.job (name, data, state, retry_limit, retry_count, retry_delay, retry_backoff, deletion_seconds,
                        created_on, started_on, start_after, output)
SELECT '{queue}', jsonb_build_object('number', g), 'retry', {retry_limit}, d.done, {retry_delay}, true, {deletion},
       now() - b.age * interval '1 second', now() - interval '1 second',
       now() + ({retry_delay} * (power(2, d.done + 1) - 1) - b.age) * interval '1 second',
       jsonb_build_object('message', 'partner API answered 503: Service Unavailable')
FROM generate_series(1, {n}) g, (SELECT {burst_every} * (k + 0.5) AS age FROM generate_series(0, 100) k) b,
     LATERAL (SELECT floor(log(2, b.age / {retry_delay} + 1))::integer AS done) d
WHERE d.done < {retry_limit};
