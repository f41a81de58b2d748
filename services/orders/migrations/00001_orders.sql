-- +goose Up

-- What orders has decided about a reservation. The primary key makes the
-- decision: whoever commits a row first has decided. It only moves forward
-- (held → dropped) and is never deleted.
CREATE TABLE holds (
    reservation_id uuid PRIMARY KEY,
    order_id       text COLLATE "C" NOT NULL,
    state          text NOT NULL CONSTRAINT holds_state CHECK (state IN ('held', 'void', 'dropped')),
    released_at    timestamptz, -- when inventory said that the stock is back
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX holds_to_release ON holds (reservation_id) WHERE state <> 'held' AND released_at IS NULL;

CREATE TABLE orders (
    id             text COLLATE "C" PRIMARY KEY,
    user_id        bigint NOT NULL,
    status         text NOT NULL CONSTRAINT orders_status
                   CHECK (status IN ('pending', 'processing', 'shipped', 'delivered', 'completed', 'cancelled')),
    total          numeric(20, 2) NOT NULL CONSTRAINT orders_total_not_negative CHECK (total >= 0),
    reservation_id uuid CONSTRAINT orders_reservation_key UNIQUE REFERENCES holds,
    imported       boolean NOT NULL DEFAULT false,
    version        bigint NOT NULL DEFAULT 1,
    idem_owner     bigint,
    idem_key       text COLLATE "C",
    idem_hash      bytea,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    deleted_at     timestamptz,
    CONSTRAINT orders_idem_key UNIQUE (idem_owner, idem_key),
    CONSTRAINT orders_created_key UNIQUE (id, created_at), -- what lines refer to
    CONSTRAINT orders_own_stock CHECK (imported OR reservation_id IS NOT NULL)
);
-- One for each list: newest first, or by id for prefixes of ids.
CREATE INDEX orders_by_time ON orders (created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX orders_by_status ON orders (status, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX orders_by_id ON orders (id) WHERE deleted_at IS NULL;
CREATE INDEX orders_of_user ON orders (user_id, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX orders_of_user_by_status ON orders (user_id, status, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX orders_of_user_by_id ON orders (user_id, id) WHERE deleted_at IS NULL;

-- created_at and deleted repeat the order's, so that the orders of an item can
-- be read in the order of their list.
CREATE TABLE order_lines (
    order_id   text COLLATE "C" NOT NULL,
    position   smallint NOT NULL,
    sku        text COLLATE "C" NOT NULL,
    quantity   integer NOT NULL CONSTRAINT order_lines_quantity_positive CHECK (quantity > 0),
    price      numeric(12, 2) NOT NULL CONSTRAINT order_lines_price_not_negative CHECK (price >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted    boolean NOT NULL DEFAULT false,
    PRIMARY KEY (order_id, position),
    CONSTRAINT order_lines_sku_once UNIQUE (sku, order_id),
    CONSTRAINT order_lines_of_order FOREIGN KEY (order_id, created_at) REFERENCES orders (id, created_at) ON UPDATE CASCADE
);
CREATE INDEX order_lines_by_sku ON order_lines (sku, created_at DESC, order_id DESC) WHERE NOT deleted;

-- The audit trail. Ids are given under one lock, so they become visible in order.
CREATE TABLE order_events (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id    text COLLATE "C" NOT NULL REFERENCES orders,
    event_type  text NOT NULL CONSTRAINT order_events_type
                CHECK (event_type IN ('created', 'status_changed', 'updated', 'imported', 'deleted')),
    description text NOT NULL,
    old_value   text,
    new_value   text,
    user_id     bigint,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX order_events_of_order ON order_events (order_id, id);

-- +goose Down
DROP TABLE order_events, order_lines, orders, holds;
