-- Written and deleted again to see whether the database takes writes.
CREATE TABLE write_probes (
    id      TEXT   NOT NULL PRIMARY KEY,
    made_at BIGINT NOT NULL,
    filler  TEXT   NOT NULL
);
