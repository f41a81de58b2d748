-- +goose Up
-- Numbers the revocations, in the order in which they become visible.
CREATE SEQUENCE session_revocations;
CREATE TABLE sessions (
    id         uuid PRIMARY KEY,
    -- Not a reference: after a user was deleted, others must still learn that the
    -- sessions were revoked.
    user_id    bigint NOT NULL,
    -- SHA-256 of the two halves of the refresh token: one stays as long as the
    -- session, the other changes with every refresh.
    key_hash   bytea NOT NULL CONSTRAINT sessions_key_hash_key UNIQUE,
    turn_hash  bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL, -- unless refreshed before
    ends_at    timestamptz NOT NULL, -- however often it is refreshed
    revoked_at timestamptz,
    revocation bigint
);
CREATE INDEX sessions_by_user ON sessions (user_id, expires_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE UNIQUE INDEX sessions_by_revocation ON sessions (revocation) WHERE revocation IS NOT NULL;

-- +goose Down
DROP TABLE sessions;
DROP SEQUENCE session_revocations;
