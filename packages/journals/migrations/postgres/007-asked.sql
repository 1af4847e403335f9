-- How many deliveries, failed matches among them, were recorded of an event and are not forgotten yet.
ALTER TABLE event ADD COLUMN asked integer NOT NULL DEFAULT 0;
UPDATE event SET asked = known.n FROM (SELECT event, count(*) AS n FROM delivery GROUP BY event) AS known WHERE event.seq = known.event;

-- Whether a text is a JSON object, also where it is no JSON: what a server says by itself from its sixteenth version on.
CREATE FUNCTION is_object(body text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN json_typeof(body::json) = 'object';
EXCEPTION WHEN OTHERS THEN
  RETURN false;
END $$;
