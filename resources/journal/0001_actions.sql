-- A plan is kept whole, so that another process can apply it.
CREATE TABLE plan (
    id TEXT PRIMARY KEY,
    made_ms INTEGER NOT NULL,
    hash TEXT NOT NULL,
    document BLOB NOT NULL
) WITHOUT ROWID;
-- One run of one plan. A plan runs once.
CREATE TABLE action (
    id TEXT PRIMARY KEY,
    plan TEXT NOT NULL UNIQUE REFERENCES plan (id),
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    halt_reason TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
-- What is about to be sent. done_ms is null until the server's answer is in this file.
CREATE TABLE batch (
    action TEXT NOT NULL REFERENCES action (id),
    number INTEGER NOT NULL,
    first INTEGER NOT NULL,
    count INTEGER NOT NULL,
    intended_ms INTEGER NOT NULL,
    done_ms INTEGER,
    PRIMARY KEY (action, number)
) WITHOUT ROWID;
CREATE TABLE row_result (
    action TEXT NOT NULL,
    job TEXT NOT NULL,
    outcome TEXT NOT NULL,
    why TEXT NOT NULL,
    undo_token TEXT NOT NULL,
    PRIMARY KEY (action, job)
) WITHOUT ROWID;
-- Append-only. Each record's hash covers the one before; the head tells when the last ones are missing.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    record TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head VALUES (1, 0, '');
CREATE TRIGGER audit_is_not_edited BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit records are not edited'); END;
CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit records are not removed'); END;
