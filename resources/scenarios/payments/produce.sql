-- Customers come as fast as they are served: {ready} of each kind wait.
INSERT INTO public.payments (kind, amount_cents)
SELECT k.kind, 500 + (random() * 9500)::integer
FROM (VALUES ('payments'), ('refunds')) k(kind),
     LATERAL generate_series(1, {ready} - (SELECT count(*) FROM public.payments p
                                           WHERE p.kind = k.kind AND NOT p.claimed AND p.finished_at IS NULL));
