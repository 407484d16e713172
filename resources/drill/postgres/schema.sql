-- Unlogged: nothing of a drill reaches the disk's log or a replica. {scratch} and {lease} are filled in.
CREATE UNLOGGED TABLE {scratch}.jobs (
    id bigint PRIMARY KEY,
    free_at timestamptz NOT NULL DEFAULT '-infinity',
    claimed_by integer,
    claimed_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    finished_at timestamptz
);
CREATE INDEX jobs_free ON {scratch}.jobs (free_at, id);
CREATE UNLOGGED TABLE {scratch}.claims (
    worker integer NOT NULL,
    job bigint NOT NULL,
    at timestamptz NOT NULL,
    free_at timestamptz
);
CREATE FUNCTION {scratch}.lease() RETURNS interval LANGUAGE sql IMMUTABLE AS $$ SELECT interval '{lease} milliseconds' $$;
