-- What was added by a request that may come again. `id` is a digest of the key, of who asked and of the collection; `body` of what was sent, keyed with
-- the key; `keys` find the documents, which are read anew. Written in the transaction that adds them, so that there is both or neither.
CREATE TABLE backstitch.gateway_idempotency (
  id text PRIMARY KEY,
  body text NOT NULL,
  keys jsonb NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX gateway_idempotency_expires ON backstitch.gateway_idempotency (expires_at);
