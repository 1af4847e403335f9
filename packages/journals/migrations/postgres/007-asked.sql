-- How many deliveries, failed matches among them, were recorded of an event and are not forgotten yet.
ALTER TABLE event ADD COLUMN asked integer NOT NULL DEFAULT 0;
UPDATE event SET asked = known.n FROM (SELECT event, count(*) AS n FROM delivery GROUP BY event) AS known WHERE event.seq = known.event;
