-- What deliveries are told of their event. `trace` is the `traceparent` of its span.
ALTER TABLE event ADD COLUMN committed_at bigint;
ALTER TABLE event ADD COLUMN trace text;
