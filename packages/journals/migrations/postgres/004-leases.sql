-- Claims have a table of their own, a row for each call that claims, so that neither a claim nor a start changes an index of deliveries.
--
-- delivery.phase: 0 claimable once it is due, or under a claim, 1 held, 2 settled. Indexes name it and never the state.
-- delivery.next_at: due from then, also while under a claim; or when something of it is forgotten (phase 2). Null: held.
-- delivery.lease_at: the end of its last claim's lease.
-- lease: what a call has claimed, by each delivery and the number of its claim. It goes when all of it is settled, or over.

CREATE TABLE lease (
  worker integer NOT NULL,
  call bigint NOT NULL,
  until bigint NOT NULL,
  deliveries bigint[] NOT NULL,
  claims integer[] NOT NULL,
  PRIMARY KEY (worker, call)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
CREATE INDEX lease_until ON lease (until);

INSERT INTO lease SELECT worker, -row_number() OVER (), next_at, array_agg(seq), array_agg(claim) FROM delivery WHERE phase = 1 GROUP BY worker, next_at;

DROP INDEX delivery_ready, delivery_lease, delivery_settled;
ALTER TABLE delivery ADD COLUMN lease_at bigint, DROP COLUMN call, DROP COLUMN worker, DROP COLUMN phase;
UPDATE delivery SET lease_at = next_at, next_at = recorded_at WHERE state IN ('claimed', 'started');
ALTER TABLE delivery ADD COLUMN phase smallint NOT NULL GENERATED ALWAYS AS (
  CASE WHEN state IN ('pending', 'waiting', 'uncertain', 'claimed', 'started') THEN 0 WHEN state = 'held' THEN 1 ELSE 2 END
) STORED;
CREATE INDEX delivery_ready ON delivery (service, next_at, seq) WHERE phase = 0 AND place < 2 AND NOT parked;
CREATE INDEX delivery_settled ON delivery (next_at) WHERE phase = 2;
