-- How often Push Kit failed inside for a delivery: that limit counts this kind of failure alone.
ALTER TABLE deliveries ADD COLUMN internal_faults BIGINT NOT NULL DEFAULT 0;
-- The number that the message's notification is revoked by; NULL = it shows none.
ALTER TABLE messages ADD COLUMN notify_id BIGINT;
