-- One statement per ";" at the end of a line. The schema version is set by the program after each file.
-- Times are the polled server's clock in milliseconds since 1970.
CREATE TABLE connection (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    interval_ms INTEGER NOT NULL DEFAULT 0,  -- usual time between two polls, 0 = not known yet
    skew_ms INTEGER NOT NULL DEFAULT 0       -- server minus local clock at the newest poll
);
CREATE TABLE queue (
    id INTEGER PRIMARY KEY,
    connection INTEGER NOT NULL REFERENCES connection(id),
    system TEXT NOT NULL,  -- SystemIdentity::key(); empty = the connection itself
    name TEXT NOT NULL,    -- empty = the whole system
    UNIQUE (connection, system, name)
);
CREATE TABLE metric (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
-- Full pieces of history, never changed again. Ids grow with age of closing: the smallest is the oldest.
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,
    queue INTEGER NOT NULL,
    tier INTEGER NOT NULL,      -- 0 raw, 1 minute, 2 hour
    start_ms INTEGER NOT NULL,  -- first slot
    end_ms INTEGER NOT NULL,    -- last millisecond that the last slot covers
    data BLOB NOT NULL          -- see chunk_codec.h
);
CREATE INDEX chunk_by_queue ON chunk (queue, tier, end_ms);
-- The newest piece of each queue and tier, written anew at every flush.
CREATE TABLE open_chunk (
    queue INTEGER NOT NULL,
    tier INTEGER NOT NULL,
    start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (queue, tier)
);
CREATE TABLE mark (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,        -- deploy, action, drift, gap
    connection TEXT NOT NULL,  -- empty = every connection
    queue TEXT NOT NULL,       -- empty = every queue
    text TEXT NOT NULL
);
CREATE INDEX mark_by_time ON mark (at_ms);
