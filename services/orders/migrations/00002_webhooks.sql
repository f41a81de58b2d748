-- +goose Up

-- Where events are sent. Deliveries exist for every event behind after_event
-- that an endpoint is told of: it is where the endpoint began, and later where
-- the log of deliveries begins.
CREATE TABLE webhook_endpoints (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url             text NOT NULL,
    events          text[] NOT NULL,
    secret          text NOT NULL,
    from_env        boolean NOT NULL DEFAULT false,
    after_event     bigint NOT NULL,
    failing_since   timestamptz, -- of an unbroken run of failures
    disabled_at     timestamptz,
    disabled_reason text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    deleted_at      timestamptz, -- what is left of it is removed bit by bit
    CONSTRAINT webhook_endpoints_disabled CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);
CREATE UNIQUE INDEX webhook_endpoints_of_env ON webhook_endpoints (url) WHERE from_env AND deleted_at IS NULL;

-- The queue, and the log of what became of it. Of the rows of one endpoint and
-- order that were never delivered, the oldest is the head, pending or parked, and
-- the others wait for it.
CREATE TABLE webhook_deliveries (
    endpoint_id  bigint NOT NULL REFERENCES webhook_endpoints,
    event_id     bigint NOT NULL,
    order_id     text COLLATE "C" NOT NULL,
    state        text NOT NULL CONSTRAINT webhook_deliveries_state CHECK (state IN ('waiting', 'pending', 'delivered', 'parked')),
    message      json NOT NULL,
    attempt      integer NOT NULL DEFAULT 0, -- counts senders: the result of one that is not the last is void
    failures     integer NOT NULL DEFAULT 0, -- since it was queued, or queued again
    next_at      timestamptz NOT NULL DEFAULT now(),
    leased_until timestamptz, -- while a sender has it
    reason       text,        -- why it is parked
    created_at   timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz, -- the first time
    PRIMARY KEY (endpoint_id, event_id),
    CONSTRAINT webhook_deliveries_parked CHECK ((state = 'parked') = (reason IS NOT NULL)),
    CONSTRAINT webhook_deliveries_delivered CHECK (state <> 'delivered' OR delivered_at IS NOT NULL)
);
CREATE UNIQUE INDEX webhook_deliveries_head ON webhook_deliveries (endpoint_id, order_id)
    WHERE delivered_at IS NULL AND state <> 'waiting';
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, order_id, event_id) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, next_at, event_id) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_stuck ON webhook_deliveries (endpoint_id, event_id) WHERE state = 'parked';
CREATE INDEX webhook_deliveries_by_time ON webhook_deliveries (created_at);

CREATE TABLE webhook_attempts (
    endpoint_id bigint NOT NULL,
    event_id    bigint NOT NULL,
    attempt     integer NOT NULL,
    code        integer, -- of the answer, if there was one
    error       text,    -- why it failed
    ms          integer NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (endpoint_id, event_id, attempt),
    FOREIGN KEY (endpoint_id, event_id) REFERENCES webhook_deliveries ON DELETE CASCADE
);

-- +goose Down
DROP TABLE webhook_attempts, webhook_deliveries, webhook_endpoints;
