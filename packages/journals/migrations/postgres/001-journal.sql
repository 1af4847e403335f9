-- Times are epoch milliseconds by the server's clock.
--
-- delivery.phase: 0 claimable once it is due, 1 under a claim, 2 held, 3 settled. Indexes name it and never the state, so that a start changes no index.
-- delivery.next_at: claimable from then (phase 0), the lease's end (1), or when something of it is forgotten (3). Null: held.
-- delivery.place: 0 in no lane (settled, or a failed match), 1 the first of its lane, 2 behind it. What was sent again by a person is in a lane of its own.
-- A lane has one first at most: the unique index is what keeps two workers from taking one lane at once.
-- A lane that has nobody at place 1 has nobody at place 2 either: whoever empties place 1 fills it in the same transaction.
-- delivery.parked: nothing but its paused rule holds it up. It is taken out of what is ready until the rule goes on.
-- delivery.call: the worker's call that claimed it, by which a claim is found again whose answer was lost.

CREATE TABLE worker (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  epoch bigint NOT NULL,
  pid integer NOT NULL,
  host text NOT NULL,
  started_at bigint NOT NULL
);

CREATE TABLE position (
  source text NOT NULL,
  partition text NOT NULL,
  position text NOT NULL,
  PRIMARY KEY (source, partition)
);

-- Rows are only added, so that transactions do not wait for each other; purging adds them up.
CREATE TABLE tally (name text NOT NULL, n bigint NOT NULL);

CREATE TABLE entry (number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, rule text NOT NULL, holds boolean NOT NULL, body text NOT NULL);
CREATE UNIQUE INDEX entry_body ON entry (md5(body));

-- The services and rules that are paused.
CREATE TABLE pause (
  what text NOT NULL,
  name text NOT NULL,
  since bigint NOT NULL,
  by text NOT NULL,
  reason text NOT NULL,
  PRIMARY KEY (what, name)
);

CREATE TABLE event (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text COLLATE "C" NOT NULL,
  recorded_at bigint NOT NULL,
  body text,
  unmatched boolean NOT NULL
);
-- Ids are as long as a source likes: an index over their hashes takes all of them.
CREATE INDEX event_id ON event (hashtextextended(id, 0));
CREATE INDEX event_unmatched ON event (recorded_at) WHERE unmatched;

CREATE TABLE undecided (
  n bigint GENERATED ALWAYS AS IDENTITY,
  event bigint NOT NULL,
  what text NOT NULL,
  recorded_at bigint NOT NULL,
  body text NOT NULL
);
CREATE UNIQUE INDEX undecided_event ON undecided (event, md5(what));
CREATE INDEX undecided_recorded ON undecided (recorded_at);

-- The last events that matched nothing, a row for those of about a second.
CREATE TABLE recent (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  events integer NOT NULL,
  bytes bigint NOT NULL,
  ids text[] NOT NULL,
  bodies text[] NOT NULL
);
-- One of them is read without unpacking all.
ALTER TABLE recent ALTER COLUMN bodies SET STORAGE EXTERNAL;

-- A page is filled by half: a delivery changes three times soon after it is recorded, which costs half where its versions find room beside it.
CREATE TABLE delivery (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event bigint NOT NULL,
  recorded_at bigint NOT NULL,
  next_at bigint,
  expires_at bigint,
  tried_at bigint,
  call bigint,
  entry integer NOT NULL,
  worker integer,
  bytes integer NOT NULL,
  attempts integer NOT NULL,
  claim integer NOT NULL,
  claims integer NOT NULL,
  phase smallint GENERATED ALWAYS AS (
    CASE state WHEN 'pending' THEN 0 WHEN 'waiting' THEN 0 WHEN 'uncertain' THEN 0 WHEN 'claimed' THEN 1 WHEN 'started' THEN 1 WHEN 'held' THEN 2 ELSE 3 END
  ) STORED,
  place smallint NOT NULL,
  uncertain boolean NOT NULL,
  redriven boolean NOT NULL,
  purged boolean NOT NULL,
  parked boolean NOT NULL DEFAULT false,
  id text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  service text COLLATE "C",
  lane text COLLATE "C" NOT NULL,
  args text
) WITH (fillfactor = 50, toast_tuple_target = 1024, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1);
CREATE UNIQUE INDEX delivery_id ON delivery (id);
CREATE INDEX delivery_event ON delivery (event);
CREATE UNIQUE INDEX delivery_first ON delivery (lane, redriven) WHERE place = 1;
CREATE INDEX delivery_behind ON delivery (lane, redriven, seq) WHERE place = 2;
CREATE INDEX delivery_blocked ON delivery (recorded_at) WHERE place = 2;
CREATE INDEX delivery_ready ON delivery (service, next_at, seq) WHERE phase = 0 AND place < 2 AND NOT parked;
CREATE INDEX delivery_parked ON delivery (entry) WHERE parked;
CREATE INDEX delivery_lease ON delivery (next_at) WHERE phase = 1;
CREATE INDEX delivery_settled ON delivery (next_at) WHERE phase = 3;

CREATE TABLE outcome (
  delivery bigint NOT NULL,
  claim integer NOT NULL,
  attempt integer NOT NULL,
  at bigint NOT NULL,
  code text,
  body text NOT NULL,
  PRIMARY KEY (delivery, claim)
);

-- What is counted by the limits of rules, a row for each delivery and quota: by a hash, with the key of "secret", of what the quota counts.
CREATE TABLE admitted (counted text COLLATE "C" NOT NULL, delivery bigint NOT NULL, until bigint NOT NULL, PRIMARY KEY (counted, delivery));
CREATE INDEX admitted_latest ON admitted (counted, until);
CREATE INDEX admitted_old ON admitted (until);
CREATE TABLE secret (key text NOT NULL);
INSERT INTO secret VALUES (gen_random_uuid()::text || gen_random_uuid()::text);

CREATE FUNCTION clock_ms() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;

-- Ends the transaction with a code that the journal knows.
CREATE FUNCTION refuse(code text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = code; END $$;
