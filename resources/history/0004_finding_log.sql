-- What was wrong and when, for whoever asks the morning after. Runs less than five minutes apart are one.
CREATE TABLE finding_run (
    number INTEGER PRIMARY KEY,
    connection TEXT NOT NULL,
    finding TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    severity INTEGER NOT NULL,  -- the worst there was: 0 info, 1 warning, 2 critical
    system TEXT NOT NULL,
    queue TEXT NOT NULL,
    title TEXT NOT NULL,        -- as at its worst
    sentence TEXT NOT NULL
);
CREATE INDEX finding_run_by_finding ON finding_run (connection, finding, seen_ms);
CREATE INDEX finding_run_by_time ON finding_run (seen_ms);
-- What somebody said of a finding, or of everything on a queue. Rows are only added; the newest one counts.
-- Times are this machine's clock but for run_since_ms, which is the finding's.
CREATE TABLE acknowledgement (
    number INTEGER PRIMARY KEY,
    connection TEXT NOT NULL,
    finding TEXT NOT NULL,  -- empty: every finding on the queue
    system TEXT NOT NULL,
    queue TEXT NOT NULL,
    severity INTEGER NOT NULL,
    run_since_ms INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    until_ms INTEGER,       -- null: until the run ends
    said_by TEXT NOT NULL,
    note TEXT NOT NULL,
    taken_back INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX acknowledgement_by_finding ON acknowledgement (connection, finding, system, queue, number);
