-- Whoever has claimed a payment charges the customer.
INSERT INTO public.charges (payment, amount_cents, charged_by)
SELECT id, amount_cents, '{worker}' FROM public.payments WHERE id = {id} AND kind = 'payments';
UPDATE public.payments SET finished_at = clock_timestamp() WHERE id = {id};
