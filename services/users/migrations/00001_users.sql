-- +goose Up
CREATE TABLE users (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL,
    email         text NOT NULL,
    role          text NOT NULL CONSTRAINT users_role CHECK (role IN ('user', 'admin')),
    is_active     boolean NOT NULL DEFAULT true,
    password_hash text NOT NULL,
    -- json, not jsonb: jsonb writes out numbers, so that a few bytes such as
    -- 1e-9999 would be answered as ten thousand.
    preferences   json NOT NULL DEFAULT '{}',
    created_at    timestamptz NOT NULL DEFAULT now()
);
-- Unique whatever the case, and what a prefix search reads.
CREATE UNIQUE INDEX users_email_key ON users (lower(email) text_pattern_ops);
CREATE INDEX users_name_prefix ON users (lower(name) text_pattern_ops);
CREATE INDEX users_by_role ON users (role, id);
CREATE INDEX users_by_activity ON users (is_active, id);

-- +goose Down
DROP TABLE users;
