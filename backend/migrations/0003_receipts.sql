-- What Push Kit reports later about a delivery. The request's id is kept where receipts are configured, '' elsewhere.
ALTER TABLE deliveries ADD COLUMN request_id TEXT NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN receipt_result BIGINT;                -- NULL = none came
ALTER TABLE deliveries ADD COLUMN receipt_at BIGINT NOT NULL DEFAULT 0; -- as the receipt says
CREATE INDEX deliveries_by_request ON deliveries (request_id) WHERE request_id <> '';

-- Receipts that were taken: none is taken twice. Forgotten when their time alone refuses them.
CREATE TABLE receipt_nonces (
    nonce   TEXT   NOT NULL PRIMARY KEY,
    seen_at BIGINT NOT NULL
);
CREATE INDEX receipt_nonces_by_age ON receipt_nonces (seen_at);
