-- The newest run of polls that saw a finding: whoever watches next knows since when it holds.
CREATE TABLE finding (
    connection TEXT NOT NULL,
    id TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    PRIMARY KEY (connection, id)
) WITHOUT ROWID;
