-- What did not fit into a push message: ciphertext (RFC 8188) in base64url. Its key is in the sealed message alone.
CREATE TABLE attachments (
    id         TEXT   NOT NULL PRIMARY KEY,
    message_id TEXT   NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    content    TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX attachments_by_message ON attachments (message_id);
CREATE INDEX attachments_by_expiry ON attachments (expires_at);
