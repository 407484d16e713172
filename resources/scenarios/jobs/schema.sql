-- The home-made table of the classic incident: claimed is a flag, and the claim must be one statement.
CREATE TABLE public.jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payload jsonb NOT NULL,
    claimed boolean NOT NULL DEFAULT false,
    claimed_by text,
    claimed_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 5,
    run_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    failed_at timestamptz,
    last_error text
);
CREATE INDEX jobs_ready ON public.jobs (run_at, id) WHERE NOT claimed AND finished_at IS NULL AND failed_at IS NULL;
CREATE INDEX jobs_running ON public.jobs (claimed_at) WHERE claimed AND finished_at IS NULL AND failed_at IS NULL;
CREATE INDEX jobs_finished ON public.jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_failed ON public.jobs (failed_at) WHERE failed_at IS NOT NULL;
INSERT INTO public.jobs (payload, run_at)
SELECT jsonb_build_object('image', g), now() - interval '5 minutes' * (1 - g::float8 / {n})
FROM generate_series(1, {n}) g;
INSERT INTO public.jobs (payload, attempts, run_at, failed_at, last_error)
SELECT jsonb_build_object('image', g), 5, now() - g * interval '1 hour', now() - g * interval '1 hour',
       'cannot decode image ' || g
FROM generate_series(1, 12) g;
