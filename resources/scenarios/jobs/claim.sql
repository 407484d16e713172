WITH next AS (
    SELECT id FROM public.jobs
    WHERE NOT claimed AND finished_at IS NULL AND failed_at IS NULL AND run_at <= now()
    ORDER BY run_at, id
    LIMIT {n}
    FOR UPDATE SKIP LOCKED
)
UPDATE public.jobs j
SET claimed = true, claimed_by = 'resizer-' || 1 + j.id % 4, claimed_at = now(), attempts = j.attempts + 1
FROM next
WHERE j.id = next.id
RETURNING j.id;
