CREATE TABLE orders (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  owner text NOT NULL,
  item text NOT NULL CHECK (item <> ''),
  quantity int NOT NULL DEFAULT 1 CHECK (quantity BETWEEN 1 AND 100),
  phone text NOT NULL,
  status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'shipped')),
  made timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON orders (owner, made);

CREATE TABLE staff (user_id text PRIMARY KEY, role text NOT NULL);
