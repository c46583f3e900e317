-- Attachments as bytes and in pieces: one is read and sent without being held whole. `content` of the table of before
-- (base64url) is '' for them.
ALTER TABLE attachments ADD COLUMN size BIGINT NOT NULL DEFAULT 0;       -- bytes; 0 = in `content`
CREATE TABLE attachment_pieces (
    attachment_id TEXT   NOT NULL REFERENCES attachments (id) ON DELETE CASCADE,
    position      BIGINT NOT NULL,
    bytes         BYTEA  NOT NULL,                                       -- SQLite takes the word and stores a blob
    PRIMARY KEY (attachment_id, position)
);
