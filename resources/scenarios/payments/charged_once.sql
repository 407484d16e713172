SELECT (SELECT count(*) FROM public.payments WHERE kind = 'payments' AND finished_at IS NOT NULL) AS captured,
       (SELECT count(*) FROM public.charges) AS charged
