-- Ends what has run for {run_ms} ms; every 50th attempt fails and waits a minute for its next one.
WITH ended AS (
    SELECT id, (id + attempts) % 50 = 0 AS fails FROM public.jobs
    WHERE claimed AND finished_at IS NULL AND failed_at IS NULL
      AND claimed_at <= now() - {run_ms} * interval '1 millisecond'
    FOR UPDATE SKIP LOCKED
)
UPDATE public.jobs j
SET finished_at = CASE WHEN NOT ended.fails THEN now() END,
    failed_at = CASE WHEN ended.fails AND j.attempts >= j.max_attempts THEN now() END,
    claimed = NOT ended.fails,
    claimed_by = CASE WHEN NOT ended.fails THEN j.claimed_by END,
    claimed_at = CASE WHEN NOT ended.fails THEN j.claimed_at END,
    run_at = CASE WHEN ended.fails THEN now() + interval '1 minute' ELSE j.run_at END,
    last_error = CASE WHEN ended.fails THEN 'cannot decode image' ELSE j.last_error END
FROM ended
WHERE j.id = ended.id;
