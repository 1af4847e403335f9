-- What far sides tell of their own accord: of a delivery what stands. `open`: it was neither settled when that came, nor accepted because of it.
CREATE TABLE report (
  delivery bigint PRIMARY KEY,
  standing text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  code text COLLATE "C",
  reason text COLLATE "C",
  receipt text,
  open boolean NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX report_standing ON report (standing);
CREATE INDEX report_open ON report (delivery) WHERE open;

-- Who is sent nothing, by a hash, with the key of "secret", of a service and a recipient. `since` and `lifted_at`: when it was last said that it is sent
-- nothing, and that it is again.
CREATE TABLE suppression (
  recipient text COLLATE "C" PRIMARY KEY,
  service text COLLATE "C" NOT NULL,
  shown text NOT NULL,
  code text,
  since bigint NOT NULL,
  delivery text,
  lifted_at bigint NOT NULL
);
CREATE INDEX suppression_since ON suppression (since) WHERE code IS NOT NULL AND since > lifted_at;
CREATE INDEX suppression_lifted ON suppression (lifted_at) WHERE lifted_at >= since;
