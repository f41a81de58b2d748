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
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
CREATE INDEX users_by_folded_email ON users ((lower(email) COLLATE "C"), id);
CREATE INDEX users_by_folded_name ON users ((lower(name) COLLATE "C"), id);
CREATE INDEX users_by_role ON users (role, id);
CREATE INDEX users_by_activity ON users (is_active, id);

-- +goose Down
DROP TABLE users;
