-- What each answered batch put back, and where: for the health of queues, in whatever process it is judged.
CREATE TABLE plan_target (
    plan TEXT PRIMARY KEY,
    action TEXT NOT NULL,
    connection TEXT NOT NULL,
    system TEXT NOT NULL,
    queue TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE put_back (
    number INTEGER PRIMARY KEY,
    plan TEXT NOT NULL,
    done_ms INTEGER NOT NULL,
    jobs INTEGER NOT NULL
);
