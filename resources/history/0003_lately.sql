-- The polls of the last minutes as they were read, so that a window or a short check that begins now goes on
-- where the recorder is.
CREATE TABLE lately (
    connection TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    data BLOB NOT NULL,  -- see poll_codec.h
    PRIMARY KEY (connection, at_ms)
) WITHOUT ROWID;
