-- +goose NO TRANSACTION
-- +goose Up

-- What analytics reads, so that no request counts items. Right at every moment:
-- a trigger notes what a statement changes, in the same transaction, and what is
-- read is totals plus notes, in one snapshot. Notes are only ever added, so
-- those who reserve stock do not wait for each other at a counter. A worker folds
-- the notes into the totals.
--
-- Not in one transaction, so that stock can be reserved while old items are
-- counted and indexed: the statements can be run again after a failure.

CREATE TABLE IF NOT EXISTS stock_deltas (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    items        bigint NOT NULL,
    quantity     numeric NOT NULL,
    out_of_stock bigint NOT NULL,
    low_stock    bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000); -- its rows live for seconds

CREATE TABLE IF NOT EXISTS stock_totals (
    one_row      boolean PRIMARY KEY DEFAULT true CONSTRAINT stock_totals_one_row CHECK (one_row),
    items        bigint NOT NULL,
    quantity     numeric NOT NULL,
    out_of_stock bigint NOT NULL,
    low_stock    bigint NOT NULL -- some are left, but less than the reorder level
) WITH (fillfactor = 50);

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION note_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN -- of rows that came (1) or went (-1)
    INSERT INTO stock_deltas (items, quantity, out_of_stock, low_stock)
    SELECT sum(n), sum(n * qty), sum(n * (qty = 0)::integer), sum(n * (qty > 0 AND qty < reorder_level)::integer)
    FROM (SELECT TG_ARGV[0]::integer AS n, qty, reorder_level FROM written) AS i
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION note_changed_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO stock_deltas (items, quantity, out_of_stock, low_stock)
    SELECT 0, quantity, out_of_stock, low_stock
    FROM (SELECT sum(n * qty) AS quantity, sum(n * (qty = 0)::integer) AS out_of_stock,
                 sum(n * (qty > 0 AND qty < reorder_level)::integer) AS low_stock
          FROM (SELECT 1 AS n, qty, reorder_level FROM after
                UNION ALL
                SELECT -1, qty, reorder_level FROM before) AS i) AS changed
    WHERE quantity <> 0 OR out_of_stock <> 0 OR low_stock <> 0;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER items_added AFTER INSERT ON items
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_items('1');
CREATE OR REPLACE TRIGGER items_changed AFTER UPDATE ON items
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION note_changed_items();
CREATE OR REPLACE TRIGGER items_removed AFTER DELETE ON items
    REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_items('-1');

-- The items of before, which are those that no note tells of. Nothing folds
-- notes yet.
INSERT INTO stock_deltas (items, quantity, out_of_stock, low_stock)
SELECT i.items - d.items, i.quantity - d.quantity, i.out_of_stock - d.out_of_stock, i.low_stock - d.low_stock
FROM (SELECT count(*) AS items, coalesce(sum(qty), 0) AS quantity, count(*) FILTER (WHERE qty = 0) AS out_of_stock,
             count(*) FILTER (WHERE qty > 0 AND qty < reorder_level) AS low_stock FROM items) AS i,
     (SELECT coalesce(sum(items), 0) AS items, coalesce(sum(quantity), 0) AS quantity,
             coalesce(sum(out_of_stock), 0) AS out_of_stock, coalesce(sum(low_stock), 0) AS low_stock FROM stock_deltas) AS d;

-- One that was left half-built is of no use.
DROP INDEX IF EXISTS items_lowest;
CREATE INDEX CONCURRENTLY items_lowest ON items (qty, id) WHERE qty = 0 OR qty < reorder_level;

-- +goose Down
DROP INDEX IF EXISTS items_lowest;
DROP TRIGGER IF EXISTS items_added ON items;
DROP TRIGGER IF EXISTS items_changed ON items;
DROP TRIGGER IF EXISTS items_removed ON items;
DROP FUNCTION IF EXISTS note_items, note_changed_items;
DROP TABLE IF EXISTS stock_deltas, stock_totals;
