-- {n} jobs that a worker was running when SIGTERM, and ten seconds later SIGKILL, ended it forty minutes ago.
INSERT INTO pgboss.job (name, data, state, retry_limit, retry_delay, retry_backoff, deletion_seconds, created_on, start_after,
                        started_on, heartbeat_on)
SELECT '{queue}', jsonb_build_object('number', g), 'active', {retry_limit}, {retry_delay}, true, {deletion},
       t.at - interval '2 seconds', t.at - interval '2 seconds', t.at, t.at
FROM generate_series(1, {n}) g, LATERAL (SELECT now() - interval '40 minutes' - g * interval '1 second' AS at) t;
INSERT INTO pgboss.instance (id, name, host, pid, version, node_version, heartbeat_seconds, supervise, schedule, migrate,
                             persist_queue_stats, persist_warnings, pool_max, started_on, heartbeat_on, workers)
VALUES (gen_random_uuid(), 'billing-worker', 'demo-host-3', 4242, '12.38.0', 'v22.0.0', 30, true, true, true, false, false, 10,
        now() - interval '3 days', now() - interval '40 minutes',
        '[{"id": "5b0c3f1e-6f0b-4d5a-9a57-2f1f8f1c7e11", "queue": "{queue}", "active": {n}, "batchSize": 5, "localConcurrency": 1, "options": {}}]');
