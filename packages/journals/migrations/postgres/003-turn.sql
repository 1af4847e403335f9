-- What a delivery takes turns by, where a value of its event says it: a hash. It is forgotten with the arguments.
ALTER TABLE delivery ADD COLUMN turn text;
