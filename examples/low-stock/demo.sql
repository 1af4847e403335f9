-- Still enough: no rule matches.
UPDATE inventory SET quantity = 30 WHERE id = 1;

-- Below the reorder point: a text and an object.
UPDATE inventory SET quantity = 18 WHERE id = 1;

-- Still below, but the quantity did not change: nobody is texted twice.
UPDATE inventory SET name = 'Thread, crimson' WHERE id = 1;

-- Two rows in one transaction.
BEGIN;
UPDATE inventory SET quantity = 7 WHERE id = 2;
UPDATE inventory SET quantity = 95 WHERE id = 3;
COMMIT;

-- An order comes in, is paid, and leaves: a mail and a bus event.
INSERT INTO orders (id, customer, email, units, total, items)
  VALUES (71, 'Ada & Sons', 'ada@example.com', 3, 37.50, '[{"name": "Thread, red", "quantity": 2}, {"name": "Needles <fine>", "quantity": 1}]');
UPDATE orders SET status = 'paid' WHERE id = 71;
UPDATE orders SET status = 'shipped' WHERE id = 71;

-- A large one: its rule is written as json-rules-engine conditions.
INSERT INTO orders (id, customer, email, units, total)
  VALUES (72, 'Grace', 'grace@example.com', 250, 12500.00);

-- The buyer's number is a landline: Twilio refuses the text for good, and it is kept as a dead letter. The object is stored all the same.
UPDATE inventory SET quantity = 9 WHERE id = 4;

-- An order is deleted: the rules look at inserts and updates only.
DELETE FROM orders WHERE id = 72;
