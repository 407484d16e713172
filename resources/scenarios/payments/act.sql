-- The second half: nobody asks whether it is still free.
UPDATE public.payments
SET claimed = true, claimed_by = '{worker}', claimed_at = clock_timestamp(), lease_until = clock_timestamp() + interval '20 seconds',
    attempts = attempts + 1
WHERE id = {id};
