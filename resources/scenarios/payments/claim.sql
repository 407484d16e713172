-- The same in one atomic statement.
UPDATE public.payments
SET claimed = true, claimed_by = '{worker}', claimed_at = clock_timestamp(), lease_until = clock_timestamp() + interval '20 seconds',
    attempts = attempts + 1
WHERE id = (SELECT id FROM public.payments
            WHERE kind = '{kind}' AND NOT claimed AND finished_at IS NULL
            ORDER BY id
            LIMIT 1
            FOR UPDATE SKIP LOCKED)
RETURNING id;
