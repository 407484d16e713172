-- Ends what has run for {run_ms} ms; {failing} of 100 attempts fail, of last attempts {failing_last}. What runs longer
-- than its lease is nobody's any more. What died long ago ("to") was mended meanwhile: put back, it ends well, unless it
-- is {still_broken}; then it dies of the same error as before.
WITH ended AS (
    SELECT id, CASE WHEN data ->> 'to' IS NOT NULL THEN {still_broken}
                    ELSE abs(hashtext(id::text || retry_count)) % 100
                         < CASE WHEN retry_count < retry_limit THEN {failing} ELSE {failing_last} END END AS fails
    FROM pgboss.job
    WHERE name = '{queue}' AND state = 'active' AND started_on <= now() - {run_ms} * interval '1 millisecond'
      AND started_on > now() - expire_seconds * interval '1 second'
    FOR UPDATE SKIP LOCKED
)
UPDATE pgboss.job j
SET state = CASE WHEN NOT ended.fails THEN 'completed'
                 WHEN j.retry_count < j.retry_limit THEN 'retry'
                 ELSE 'failed' END::pgboss.job_state,
    completed_on = CASE WHEN NOT ended.fails OR j.retry_count >= j.retry_limit THEN now() END,
    start_after = CASE WHEN ended.fails AND j.retry_count < j.retry_limit
                       THEN now() + j.retry_delay * power(2, j.retry_count) * (1 + {jitter} * (random() - 0.5)) * interval '1 second'
                       ELSE j.start_after END,
    output = CASE WHEN ended.fails AND j.data ->> 'to' IS NOT NULL THEN j.output
                  WHEN ended.fails THEN '{"message": "upstream answered 503"}'::jsonb END
FROM ended
WHERE j.name = '{queue}' AND j.id = ended.id;
