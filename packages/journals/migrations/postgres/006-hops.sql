-- Through how many deliveries an event came to be, as whoever wrote its row told; null: nobody told.
ALTER TABLE event ADD COLUMN hops integer;
