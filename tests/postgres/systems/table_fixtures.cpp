#include "tests/postgres/systems/table_fixtures.h"

namespace spillway {
namespace {

std::string in(std::string sql, const std::string& schema) {
    const std::string mark = "@";
    for (size_t at = sql.find(mark); at != std::string::npos; at = sql.find(mark, at + schema.size()))
        sql.replace(at, mark.size(), schema);
    return sql;
}

const char* riverCore = R"(
CREATE TABLE @.river_job (
    id bigserial PRIMARY KEY, state @.river_job_state NOT NULL DEFAULT 'available', attempt smallint NOT NULL DEFAULT 0,
    max_attempts smallint NOT NULL DEFAULT 25, attempted_at timestamptz, created_at timestamptz NOT NULL DEFAULT now(),
    finalized_at timestamptz, scheduled_at timestamptz NOT NULL DEFAULT now(), priority smallint NOT NULL DEFAULT 1,
    args jsonb NOT NULL DEFAULT '{}', attempted_by text[], errors jsonb[], kind text NOT NULL, metadata jsonb NOT NULL DEFAULT '{}',
    queue text NOT NULL DEFAULT 'default', tags varchar(255)[] NOT NULL DEFAULT '{}',
    CONSTRAINT finalized CHECK ((finalized_at IS NOT NULL) = (state IN ('cancelled', 'completed', 'discarded'))),
    CONSTRAINT priority_in_range CHECK (priority BETWEEN 1 AND 4));
CREATE INDEX river_job_prioritized_fetching_index ON @.river_job (state, queue, priority, scheduled_at, id);
CREATE INDEX river_job_state_and_finalized_at_index ON @.river_job (state, finalized_at) WHERE finalized_at IS NOT NULL;
CREATE INDEX river_job_kind ON @.river_job (kind);
CREATE UNLOGGED TABLE @.river_leader (
    elected_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, leader_id text NOT NULL, name text PRIMARY KEY);
)";

const char* riverUniqueness = R"(
ALTER TABLE @.river_job ADD unique_states bit(8);
CREATE FUNCTION @.river_job_state_in_bitmask(bitmask bit(8), state @.river_job_state) RETURNS boolean LANGUAGE sql IMMUTABLE AS
    'SELECT CASE state WHEN ''available'' THEN get_bit(bitmask, 7) WHEN ''cancelled'' THEN get_bit(bitmask, 6)
     WHEN ''completed'' THEN get_bit(bitmask, 5) WHEN ''discarded'' THEN get_bit(bitmask, 4) WHEN ''pending'' THEN get_bit(bitmask, 3)
     WHEN ''retryable'' THEN get_bit(bitmask, 2) WHEN ''running'' THEN get_bit(bitmask, 1) WHEN ''scheduled'' THEN get_bit(bitmask, 0)
     ELSE 0 END = 1';
CREATE UNIQUE INDEX river_job_unique_idx ON @.river_job (unique_key) WHERE unique_key IS NOT NULL AND unique_states IS NOT NULL
    AND @.river_job_state_in_bitmask(unique_states, state);
)";

}  // namespace

std::string riverTables(int migration, const std::string& schema) {
    std::string sql =
        "CREATE TYPE @.river_job_state AS ENUM ('available', 'cancelled', 'completed', 'discarded', ";
    sql += migration >= 4 ? "'pending', " : "";
    sql += "'retryable', 'running', 'scheduled');";
    sql += riverCore;
    if (migration >= 4)
        sql +=
            "CREATE TABLE @.river_queue (name text PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT "
            "now(), metadata jsonb NOT "
            "NULL DEFAULT '{}', paused_at timestamptz, updated_at timestamptz NOT NULL);";
    sql += migration >= 5
               ? "CREATE TABLE @.river_migration (line text NOT NULL, version bigint NOT NULL, created_at "
                 "timestamptz NOT NULL "
                 "DEFAULT now(), PRIMARY KEY (line, version)); ALTER TABLE @.river_job ADD unique_key bytea;"
                 "INSERT INTO @.river_migration (line, version) SELECT 'main', generate_series(1, "
               : "CREATE TABLE @.river_migration (id bigserial PRIMARY KEY, created_at timestamptz NOT NULL "
                 "DEFAULT now(), version "
                 "bigint NOT NULL); INSERT INTO @.river_migration (version) SELECT generate_series(1, ";
    sql += std::to_string(migration);
    sql += ");";
    if (migration >= 5) sql += "INSERT INTO @.river_migration (line, version) VALUES ('workflow', 99);";
    if (migration >= 6) sql += riverUniqueness;
    if (migration >= 7) sql += "ALTER TABLE @.river_queue ALTER updated_at SET DEFAULT now();";
    return in(sql, schema);
}

std::string riverDeadJobs(int n) {
    return "INSERT INTO river_job (kind, queue, state, attempt, max_attempts, errors, finalized_at) SELECT "
           "'charge', 'mail', "
           "'discarded', 3, 3, ARRAY['{\"error\": \"card 17 refused\"}'::jsonb], now() - interval '1 hour' + "
           "g "
           "* interval '1 s' "
           "FROM generate_series(1, " +
           std::to_string(n) + ") g";
}

std::string obanTables(int migration, bool pro, const std::string& schema) {
    std::string sql = "CREATE TYPE @.oban_job_state AS ENUM ('available', ";
    sql += migration >= 14 ? "'suspended', " : "";
    sql += "'scheduled', 'executing', 'retryable', 'completed', 'discarded'";
    sql += migration >= 9 ? ", 'cancelled');" : ");";
    sql += R"(
CREATE TABLE @.oban_jobs (
    id bigserial PRIMARY KEY, state @.oban_job_state NOT NULL DEFAULT 'available', queue text NOT NULL DEFAULT 'default',
    worker text NOT NULL, args jsonb NOT NULL DEFAULT '{}', errors jsonb[] NOT NULL DEFAULT '{}', attempt integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 20, inserted_at timestamp NOT NULL DEFAULT timezone('UTC', now()),
    scheduled_at timestamp NOT NULL DEFAULT timezone('UTC', now()), attempted_at timestamp, completed_at timestamp,
    attempted_by text[], discarded_at timestamp, priority integer NOT NULL DEFAULT 0, tags text[] DEFAULT '{}');
CREATE INDEX oban_jobs_fetch ON @.oban_jobs (state, queue, priority, scheduled_at, id);
)";
    if (migration >= 9)
        sql += "ALTER TABLE @.oban_jobs ADD meta jsonb DEFAULT '{}', ADD cancelled_at timestamp;";
    if (migration >= 11)
        sql +=
            "CREATE UNLOGGED TABLE @.oban_peers (name text PRIMARY KEY, node text NOT NULL, started_at "
            "timestamp NOT NULL, "
            "expires_at timestamp NOT NULL);";
    if (migration >= 13)
        sql +=
            "CREATE INDEX ON @.oban_jobs (state, cancelled_at); CREATE INDEX ON @.oban_jobs (state, "
            "discarded_at);";
    if (pro)
        sql +=
            "CREATE TABLE @.oban_producers (uuid uuid PRIMARY KEY, name text NOT NULL, node text NOT NULL, "
            "queue text NOT NULL, meta "
            "jsonb NOT NULL DEFAULT '{}', started_at timestamp NOT NULL DEFAULT timezone('UTC', now()), "
            "updated_at timestamp NOT "
            "NULL DEFAULT timezone('UTC', now()));";
    sql += "COMMENT ON TABLE @.oban_jobs IS '" + std::to_string(migration);
    sql += "';";
    return in(sql, schema);
}

}  // namespace spillway
