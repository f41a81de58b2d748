-- +goose Up

-- Who bought the order when the event had happened: whose event it is, whoever
-- buys the order later. It is not known of events before this migration.
ALTER TABLE order_events ADD COLUMN buyer bigint;

-- +goose StatementBegin
CREATE FUNCTION set_event_buyer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.buyer := (SELECT user_id FROM orders WHERE id = NEW.order_id);
    RETURN NEW;
END $$;
-- +goose StatementEnd

-- For whoever does not say it, such as the version before, which may still run.
CREATE TRIGGER order_events_set_buyer BEFORE INSERT ON order_events
    FOR EACH ROW WHEN (NEW.buyer IS NULL) EXECUTE FUNCTION set_event_buyer();

CREATE INDEX order_events_of_buyer ON order_events (buyer, id) WHERE event_type <> 'imported';

-- +goose Down
DROP INDEX order_events_of_buyer;
DROP TRIGGER order_events_set_buyer ON order_events;
DROP FUNCTION set_event_buyer();
ALTER TABLE order_events DROP COLUMN buyer;
