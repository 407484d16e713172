-- Payments and refunds in one home-made table, and what was really charged.
CREATE TABLE public.payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    amount_cents integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    claimed boolean NOT NULL DEFAULT false,
    claimed_by text,
    claimed_at timestamptz,
    lease_until timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    finished_at timestamptz
);
CREATE INDEX payments_kind ON public.payments (kind);
CREATE INDEX payments_ready ON public.payments (kind, id) WHERE NOT claimed AND finished_at IS NULL;
CREATE INDEX payments_running ON public.payments (kind, claimed_at) WHERE claimed AND finished_at IS NULL;
CREATE INDEX payments_finished ON public.payments (kind, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX payments_created ON public.payments (kind, created_at);
CREATE TABLE public.charges (
    payment bigint NOT NULL,
    amount_cents integer NOT NULL,
    charged_by text NOT NULL,
    charged_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX charges_payment ON public.charges (payment);
