-- The tables of pg-boss that a reader looks at, in the layout of schema 46.
CREATE SCHEMA pgboss;

CREATE TYPE pgboss.job_state AS ENUM ('created', 'retry', 'active', 'completed', 'cancelled', 'failed');

CREATE TABLE pgboss.version (
    version integer PRIMARY KEY,
    cron_on timestamptz,
    bam_on timestamptz,
    flow_on timestamptz,
    reindex_on timestamptz,
    monitor_backoff_on timestamptz
);
INSERT INTO pgboss.version (version, cron_on, bam_on, flow_on) VALUES (46, now(), now(), now());

CREATE TABLE pgboss.queue (
    name text PRIMARY KEY,
    policy text NOT NULL,
    retry_limit integer NOT NULL,
    retry_delay integer NOT NULL,
    retry_backoff boolean NOT NULL,
    retry_delay_max integer,
    expire_seconds integer NOT NULL,
    retention_seconds integer NOT NULL,
    deletion_seconds integer NOT NULL,
    dead_letter text REFERENCES pgboss.queue (name),
    partition boolean NOT NULL,
    table_name text NOT NULL,
    deferred_count integer NOT NULL DEFAULT 0,
    blocked_count integer NOT NULL DEFAULT 0,
    queued_count integer NOT NULL DEFAULT 0,
    ready_count integer NOT NULL DEFAULT 0,
    warning_queued integer NOT NULL DEFAULT 0,
    active_count integer NOT NULL DEFAULT 0,
    failed_count integer NOT NULL DEFAULT 0,
    total_count integer NOT NULL DEFAULT 0,
    retained_count integer,
    retained_on timestamptz,
    created_delta integer NOT NULL DEFAULT 0,
    completed_delta integer NOT NULL DEFAULT 0,
    failed_delta integer NOT NULL DEFAULT 0,
    delta_on timestamptz,
    delta_seconds integer,
    wait_bins integer[],
    run_bins integer[],
    ready_oldest_seconds integer,
    ready_history integer[] NOT NULL DEFAULT '{}',
    heartbeat_seconds integer,
    notify boolean NOT NULL DEFAULT false,
    singletons_active text[],
    monitor_claim_on timestamptz,
    monitor_on timestamptz,
    maintain_on timestamptz,
    created_on timestamptz NOT NULL DEFAULT now(),
    updated_on timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE pgboss.job (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    name text NOT NULL,
    priority integer NOT NULL DEFAULT 0,
    data jsonb,
    state pgboss.job_state NOT NULL DEFAULT 'created',
    retry_limit integer NOT NULL DEFAULT 2,
    retry_count integer NOT NULL DEFAULT 0,
    retry_delay integer NOT NULL DEFAULT 0,
    retry_backoff boolean NOT NULL DEFAULT false,
    retry_delay_max integer,
    expire_seconds integer NOT NULL DEFAULT 900,
    deletion_seconds integer NOT NULL DEFAULT 604800,
    singleton_key text,
    singleton_on timestamp without time zone,
    group_id text,
    group_tier text,
    start_after timestamptz NOT NULL DEFAULT now(),
    created_on timestamptz NOT NULL DEFAULT now(),
    started_on timestamptz,
    completed_on timestamptz,
    keep_until timestamptz NOT NULL DEFAULT now() + interval '14 days',
    output jsonb,
    dead_letter text,
    policy text,
    heartbeat_on timestamptz,
    heartbeat_seconds integer,
    blocked boolean NOT NULL DEFAULT false,
    blocking boolean NOT NULL DEFAULT false,
    pending_dependencies integer NOT NULL DEFAULT 0,
    source_name text,
    source_id uuid,
    source_created_on timestamptz,
    source_retry_count integer,
    source_output jsonb,
    source_root_id uuid,
    trace_context jsonb,
    upsert_by_key boolean,
    PRIMARY KEY (name, id)
) PARTITION BY LIST (name);
CREATE TABLE pgboss.job_common PARTITION OF pgboss.job DEFAULT;

-- Fetch, live counts, arrivals, completions: what workers and readers go through.
CREATE INDEX job_common_i11 ON pgboss.job_common (name, priority DESC, created_on, start_after)
    WHERE state < 'active' AND NOT blocked;
CREATE INDEX job_common_i14 ON pgboss.job_common (name, state, blocked, start_after)
    WHERE state IN ('created', 'retry', 'active', 'failed');
CREATE INDEX job_common_i15 ON pgboss.job_common (name, created_on);
CREATE INDEX job_common_i16 ON pgboss.job_common (name, completed_on) WHERE completed_on IS NOT NULL;

CREATE TABLE pgboss.schedule (
    name text NOT NULL REFERENCES pgboss.queue (name) ON DELETE CASCADE,
    key text NOT NULL DEFAULT '',
    cron text NOT NULL,
    timezone text,
    data jsonb,
    options jsonb,
    created_on timestamptz NOT NULL DEFAULT now(),
    updated_on timestamptz NOT NULL DEFAULT now(),
    kind text,
    last_job_id uuid,
    PRIMARY KEY (name, key)
);

CREATE TABLE pgboss.instance (
    id uuid PRIMARY KEY,
    name text,
    host text NOT NULL,
    pid integer NOT NULL,
    version text NOT NULL,
    node_version text NOT NULL,
    application_name text,
    heartbeat_seconds integer NOT NULL,
    supervise boolean NOT NULL,
    schedule boolean NOT NULL,
    migrate boolean NOT NULL,
    persist_queue_stats boolean NOT NULL,
    persist_warnings boolean NOT NULL,
    pool_max integer,
    pool_total integer,
    pool_idle integer,
    pool_waiting integer,
    workers jsonb NOT NULL DEFAULT '[]',
    metrics jsonb,
    config jsonb NOT NULL DEFAULT '{}',
    crash_restarts integer NOT NULL DEFAULT 0,
    crash_restarts_since timestamptz,
    started_on timestamptz NOT NULL DEFAULT now(),
    heartbeat_on timestamptz NOT NULL DEFAULT now(),
    stopped_on timestamptz
);
INSERT INTO pgboss.instance (id, name, host, pid, version, node_version, heartbeat_seconds, supervise, schedule,
                             migrate, persist_queue_stats, persist_warnings, pool_max)
VALUES (gen_random_uuid(), 'shop-worker', 'demo-host-1', {pid}, '12.38.0', 'v22.0.0', 30, true, true, true, false, false, 10),
       (gen_random_uuid(), 'shop-worker', 'demo-host-2', {pid}, '12.38.0', 'v22.0.0', 30, true, true, true, false, false, 10);
