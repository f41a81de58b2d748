-- +goose Up
CREATE TABLE items (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku           text COLLATE "C" NOT NULL CONSTRAINT items_sku_key UNIQUE,
    name          text NOT NULL,
    qty           bigint NOT NULL CONSTRAINT items_qty_not_negative CHECK (qty >= 0),
    allocated     bigint NOT NULL DEFAULT 0 CONSTRAINT items_allocated_not_negative CHECK (allocated >= 0),
    price         numeric(12, 2) CONSTRAINT items_price_not_negative CHECK (price >= 0),
    reorder_level bigint NOT NULL CONSTRAINT items_reorder_level_not_negative CHECK (reorder_level >= 0),
    version       bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX items_by_folded_sku ON items (lower(sku), id);
CREATE INDEX items_by_folded_name ON items ((lower(name) COLLATE "C"), id);
CREATE INDEX items_low_stock ON items (id) WHERE qty < reorder_level;

CREATE TABLE reservations (
    id         uuid PRIMARY KEY,
    order_id   text COLLATE "C", -- null: released before it was ever asked for
    body_hash  bytea,
    state      text NOT NULL CONSTRAINT reservations_state CHECK (state IN ('reserved', 'confirmed', 'released')),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reservations_unconfirmed ON reservations (created_at, id) WHERE state = 'reserved';

CREATE TABLE reservation_lines (
    reservation_id uuid NOT NULL REFERENCES reservations,
    position       smallint NOT NULL,
    item_id        bigint NOT NULL,
    sku            text COLLATE "C" NOT NULL,
    quantity       bigint NOT NULL CONSTRAINT reservation_lines_quantity_positive CHECK (quantity > 0),
    price          numeric(12, 2) NOT NULL,
    PRIMARY KEY (reservation_id, position),
    CONSTRAINT reservation_lines_item_once UNIQUE (reservation_id, item_id)
);

-- The stock ledger: an item's qty is the sum of its deltas. Entries of one item
-- are written under its row lock, so their ids follow the order of events.
CREATE TABLE movements (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item_id    bigint NOT NULL,
    delta      bigint NOT NULL,
    qty_after  bigint NOT NULL,
    reason     text NOT NULL,
    order_id   text COLLATE "C",
    user_id    bigint,
    idem_key   text,
    idem_hash  bytea,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX movements_of_item ON movements (item_id, id);
CREATE UNIQUE INDEX movements_idem_key ON movements (user_id, idem_key) WHERE idem_key IS NOT NULL;

-- +goose Down
DROP TABLE movements, reservation_lines, reservations, items;
