-- What quotas keep back is out of the index of what is ready, however much it is, until it is let out.
--
-- delivery.kept_back: it is waiting in a quota's queue; delivery.quota: in which, or in which it waited last.
-- queue: one row for each that has any: how many its quota lets through, and when it is looked at next. Its name begins with the hash of its limit, and
-- ends with "admitted.counted". Whoever looks at a queue, or joins it, locks its row: so none is forgotten that another joins.

ALTER TABLE delivery ADD COLUMN quota text COLLATE "C", ADD COLUMN kept_back boolean NOT NULL DEFAULT false;
CREATE TABLE queue (name text COLLATE "C" PRIMARY KEY, most integer NOT NULL, look_at bigint NOT NULL)
  WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
CREATE INDEX queue_look ON queue (look_at);

DROP INDEX delivery_ready;
CREATE INDEX delivery_ready ON delivery (service, next_at, seq) WHERE phase = 0 AND place < 2 AND NOT parked AND NOT kept_back;
CREATE INDEX delivery_queue ON delivery (quota, seq) WHERE kept_back;
CREATE INDEX delivery_queue_expires ON delivery (expires_at) WHERE kept_back AND expires_at IS NOT NULL;
