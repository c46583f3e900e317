-- The senders' own servers, by the names of their API keys.
CREATE TABLE webhooks (
    name        TEXT   NOT NULL PRIMARY KEY,
    lease_until BIGINT NOT NULL,               -- one process sends at a time
    due_at      BIGINT NOT NULL,               -- after a failure: not before
    attempts    BIGINT NOT NULL,               -- that failed in a row
    upto        BIGINT NOT NULL                -- the last event of the request that failed, 0 = none did
);

-- What they are told. Deleted once a server has it.
CREATE TABLE webhook_events (
    webhook     TEXT   NOT NULL REFERENCES webhooks (name) ON DELETE CASCADE,
    position    BIGINT NOT NULL,               -- grows with time
    kind        TEXT   NOT NULL,
    message_id  TEXT   NOT NULL,               -- '' = of a device alone
    device_id   TEXT   NOT NULL,
    user_id     TEXT   NOT NULL,
    push_type   BIGINT NOT NULL,
    code        TEXT   NOT NULL,
    happened_at BIGINT NOT NULL,
    PRIMARY KEY (webhook, position)
);
CREATE INDEX webhook_events_by_age ON webhook_events (position);
