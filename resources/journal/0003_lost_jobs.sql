-- The server of each plan, so that what was put back is known by whatever name it is connected to.
ALTER TABLE plan_target ADD COLUMN server TEXT NOT NULL DEFAULT '';
-- Jobs that went with the process that ran them, remembered with their payload by whoever watched.
CREATE TABLE lost_job (
    server TEXT NOT NULL,
    system TEXT NOT NULL,
    queue TEXT NOT NULL,
    job TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload BLOB NOT NULL,
    worker TEXT NOT NULL,
    noticed_us INTEGER NOT NULL,
    claimed_us INTEGER,
    PRIMARY KEY (server, system, queue, job)
) WITHOUT ROWID;
