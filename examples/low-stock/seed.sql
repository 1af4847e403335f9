CREATE TABLE inventory (
  id integer PRIMARY KEY,
  name text NOT NULL,
  quantity integer NOT NULL,
  "reorderPoint" integer NOT NULL,
  "buyerPhone" text NOT NULL
);

CREATE TABLE orders (
  id integer PRIMARY KEY,
  customer text NOT NULL,
  email text NOT NULL,
  status text NOT NULL DEFAULT 'open',
  units integer NOT NULL,
  total numeric(12, 2) NOT NULL,
  items jsonb NOT NULL DEFAULT '[]'
);

INSERT INTO inventory VALUES
  (1, 'Thread, red', 40, 20, '+15005550101'),
  (2, 'Thread, blue', 25, 20, '+15005550101'),
  (3, 'Needles', 300, 100, '+15005550102'),
  (4, 'Canvas', 12, 10, '+15005550009');
