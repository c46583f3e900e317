-- One set of migrations for SQLite and PostgreSQL: only TEXT and BIGINT, times in milliseconds since 1970.

CREATE TABLE devices (
    id            TEXT   NOT NULL PRIMARY KEY,
    user_id       TEXT   NOT NULL,             -- '' = nobody signed in
    bundle        TEXT   NOT NULL,
    region        TEXT   NOT NULL,
    token         TEXT   NOT NULL,             -- '' once it is dead
    token_fault   TEXT   NOT NULL,             -- why it died, '' while it lives
    registered_at BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);
CREATE INDEX devices_by_user ON devices (user_id, id) WHERE user_id <> '';
CREATE UNIQUE INDEX devices_by_token ON devices (token) WHERE token <> '';

-- The key that messages are sealed with is at position 0, the previous one at 1.
CREATE TABLE device_keys (
    device_id  TEXT   NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    position   BIGINT NOT NULL,
    key_id     TEXT   NOT NULL,
    sealed_key TEXT   NOT NULL,                -- under the master key, see registry/vault.rs
    PRIMARY KEY (device_id, position)
);

CREATE TABLE messages (
    id              TEXT   NOT NULL PRIMARY KEY,
    sender          TEXT   NOT NULL,           -- the API key's name
    idempotency_key TEXT,                      -- NULL = none given
    request_hash    TEXT   NOT NULL,
    options         TEXT   NOT NULL,           -- pushOptions, as JSON
    shared_payload  TEXT   NOT NULL,           -- one payload for every device, '' = sealed for each
    created_at      BIGINT NOT NULL,
    expires_at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX messages_by_idempotency_key ON messages (sender, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
CREATE INDEX messages_by_expiry ON messages (expires_at);

CREATE TABLE deliveries (
    message_id TEXT   NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    device_id  TEXT   NOT NULL,
    push_type  BIGINT NOT NULL,
    region     TEXT   NOT NULL,
    payload    TEXT   NOT NULL,                -- sealed; emptied once the state is final
    state      TEXT   NOT NULL,                -- queued, sent, failed, expired
    code       TEXT   NOT NULL,                -- of the last attempt
    attempts   BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,                -- while a worker has it: when another may take it over
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (message_id, device_id, push_type)
);
CREATE INDEX deliveries_due ON deliveries (region, due_at) WHERE state = 'queued';
