-- +goose NO TRANSACTION
-- +goose Up

-- What analytics reads, so that no request counts orders. Each row is there for
-- one buyer and, as user 0, for all. Right at every moment: a trigger notes what
-- a statement changes, in the same transaction, so no code that writes orders
-- can forget to; and what is read is aggregates plus notes, in one snapshot.
--
-- Notes are only ever added by those who write orders. Counting up a row per day
-- instead would make all who place orders wait for each other at that row. A
-- worker folds the notes into the aggregates.
--
-- Not in one transaction, so that orders can be placed while old ones are
-- counted: the statements can be run again after a failure.

CREATE TABLE IF NOT EXISTS order_deltas (
    user_id bigint NOT NULL,
    id      bigint GENERATED ALWAYS AS IDENTITY,
    day     date NOT NULL, -- in UTC, when the order was placed
    status  text NOT NULL,
    orders  bigint NOT NULL,
    revenue numeric NOT NULL,
    PRIMARY KEY (user_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000); -- its rows live for seconds

CREATE TABLE IF NOT EXISTS order_totals (
    user_id bigint NOT NULL,
    status  text NOT NULL,
    orders  bigint NOT NULL,
    revenue numeric NOT NULL,
    PRIMARY KEY (user_id, status)
) WITH (fillfactor = 80);

CREATE TABLE IF NOT EXISTS order_days (
    user_id   bigint NOT NULL,
    day       date NOT NULL,
    orders    bigint NOT NULL, -- without those that are cancelled
    revenue   numeric NOT NULL,
    cancelled bigint NOT NULL,
    PRIMARY KEY (user_id, day)
) WITH (fillfactor = 80);

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION note_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN -- of rows that came (1) or went (-1)
    INSERT INTO order_deltas (user_id, day, status, orders, revenue)
    SELECT coalesce(user_id, 0), day, status, sum(n), sum(n * total)
    FROM (SELECT TG_ARGV[0]::integer AS n, user_id, (created_at AT TIME ZONE 'UTC')::date AS day, status, total
          FROM written WHERE deleted_at IS NULL) AS o
    GROUP BY GROUPING SETS ((user_id, day, status), (day, status));
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION note_changed_orders() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO order_deltas (user_id, day, status, orders, revenue)
    SELECT coalesce(user_id, 0), day, status, sum(n), sum(n * total)
    FROM (SELECT 1 AS n, user_id, (created_at AT TIME ZONE 'UTC')::date AS day, status, total
          FROM after WHERE deleted_at IS NULL
          UNION ALL
          SELECT -1, user_id, (created_at AT TIME ZONE 'UTC')::date, status, total
          FROM before WHERE deleted_at IS NULL) AS o
    GROUP BY GROUPING SETS ((user_id, day, status), (day, status))
    HAVING sum(n) <> 0 OR sum(n * total) <> 0;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER orders_added AFTER INSERT ON orders
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_orders('1');
CREATE OR REPLACE TRIGGER orders_changed AFTER UPDATE ON orders
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION note_changed_orders();
CREATE OR REPLACE TRIGGER orders_removed AFTER DELETE ON orders
    REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_orders('-1');

-- The orders of before, which are those that no note tells of. Nothing folds
-- notes yet.
INSERT INTO order_deltas (user_id, day, status, orders, revenue)
SELECT user_id, day, status, sum(n), sum(amount)
FROM (SELECT coalesce(user_id, 0) AS user_id, day, status, count(*) AS n, sum(total) AS amount
      FROM (SELECT user_id, (created_at AT TIME ZONE 'UTC')::date AS day, status, total FROM orders WHERE deleted_at IS NULL) AS o
      GROUP BY GROUPING SETS ((user_id, day, status), (day, status))
      UNION ALL
      SELECT user_id, day, status, -orders, -revenue FROM order_deltas) AS counted
GROUP BY user_id, day, status
HAVING sum(n) <> 0 OR sum(amount) <> 0;

-- +goose Down
DROP TRIGGER IF EXISTS orders_added ON orders;
DROP TRIGGER IF EXISTS orders_changed ON orders;
DROP TRIGGER IF EXISTS orders_removed ON orders;
DROP FUNCTION IF EXISTS note_orders, note_changed_orders;
DROP TABLE IF EXISTS order_deltas, order_totals, order_days;
