-- A device is identified by its user and its AAID; its id is the backend's own. Devices of before keep their AAID as their id.
ALTER TABLE devices ADD COLUMN aaid TEXT NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN token_since BIGINT NOT NULL DEFAULT 0;   -- when the device first had this token
ALTER TABLE devices ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;       -- exact to a day
UPDATE devices SET aaid = id, token_since = registered_at, seen_at = updated_at;
CREATE INDEX devices_by_aaid ON devices (aaid);
CREATE INDEX devices_by_seen ON devices (seen_at);

-- Two devices may have one token until one of them proves that messages to it arrive there.
DROP INDEX devices_by_token;
CREATE INDEX devices_by_token ON devices (token) WHERE token <> '';

-- Push messages that ask a device to prove this. The nonce itself is in the sealed message alone.
CREATE TABLE token_challenges (
    nonce_hash TEXT   NOT NULL PRIMARY KEY,    -- SHA-256, base64url
    device_id  TEXT   NOT NULL,
    asker      TEXT   NOT NULL,                -- the user, or the device where nobody signs in
    token      TEXT   NOT NULL,
    made_at    BIGINT NOT NULL,
    used       BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX token_challenges_by_token ON token_challenges (token, made_at);
CREATE INDEX token_challenges_by_age ON token_challenges (made_at);
