INSERT INTO pgboss.queue (name, policy, retry_limit, retry_delay, retry_backoff, expire_seconds, retention_seconds,
                          deletion_seconds, partition, table_name)
VALUES ('{queue}', 'standard', {retry_limit}, {retry_delay}, true, 900, 1209600, {deletion}, false, 'job_common');
