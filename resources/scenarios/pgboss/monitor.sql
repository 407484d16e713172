-- What the supervisor of pg-boss does once a minute: the cached counters of every queue.
UPDATE pgboss.queue q
SET deferred_count = c.deferred, ready_count = c.ready, queued_count = c.queued, active_count = c.active,
    failed_count = c.failed, total_count = c.total, ready_oldest_seconds = c.oldest,
    created_delta = c.created_lately, completed_delta = c.completed_lately, failed_delta = c.failed_lately,
    delta_on = now(), delta_seconds = 60, monitor_on = now(), monitor_claim_on = now(), maintain_on = now()
FROM (
    SELECT name,
           count(*) FILTER (WHERE state < 'active' AND start_after > now()) AS deferred,
           count(*) FILTER (WHERE state < 'active' AND start_after <= now()) AS ready,
           count(*) FILTER (WHERE state < 'active') AS queued,
           count(*) FILTER (WHERE state = 'active') AS active,
           count(*) FILTER (WHERE state = 'failed') AS failed,
           count(*) AS total,
           extract(epoch FROM now() - min(start_after) FILTER (WHERE state < 'active' AND start_after <= now()))::integer AS oldest,
           count(*) FILTER (WHERE created_on > now() - interval '1 minute') AS created_lately,
           count(*) FILTER (WHERE state = 'completed' AND completed_on > now() - interval '1 minute') AS completed_lately,
           count(*) FILTER (WHERE state = 'failed' AND completed_on > now() - interval '1 minute') AS failed_lately
    FROM pgboss.job GROUP BY name
) c
WHERE q.name = c.name;
UPDATE pgboss.version SET cron_on = now(), bam_on = now(), flow_on = now();
