INSERT INTO public.jobs (payload) SELECT jsonb_build_object('image', g) FROM generate_series(1, {n}) g;
