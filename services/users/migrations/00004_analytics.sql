-- +goose NO TRANSACTION
-- +goose Up

-- What analytics reads, so that no request counts users. Right at every moment:
-- a trigger notes what a statement changes, in the same transaction, and what is
-- read is aggregates plus notes, in one snapshot. Notes are only ever added, so
-- that nobody who registers waits for an import to end. A worker folds the notes
-- into the aggregates.
--
-- Not in one transaction, so that people can register while those of before are
-- counted: the statements can be run again after a failure.

CREATE TABLE IF NOT EXISTS user_deltas (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day       date NOT NULL, -- in UTC, when the account was made
    role      text NOT NULL,
    is_active boolean NOT NULL,
    users     bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000); -- its rows live for seconds

CREATE TABLE IF NOT EXISTS user_totals (
    role      text NOT NULL,
    is_active boolean NOT NULL,
    users     bigint NOT NULL,
    PRIMARY KEY (role, is_active)
) WITH (fillfactor = 50);

CREATE TABLE IF NOT EXISTS user_days (
    day     date PRIMARY KEY,
    signups bigint NOT NULL -- without users that were deleted since
) WITH (fillfactor = 80);

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION note_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN -- of rows that came (1) or went (-1)
    INSERT INTO user_deltas (day, role, is_active, users)
    SELECT (created_at AT TIME ZONE 'UTC')::date, role, is_active, TG_ARGV[0]::integer * count(*)
    FROM written GROUP BY 1, 2, 3;
    RETURN NULL;
END $$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION note_changed_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO user_deltas (day, role, is_active, users)
    SELECT (created_at AT TIME ZONE 'UTC')::date, role, is_active, sum(n)
    FROM (SELECT 1 AS n, created_at, role, is_active FROM after
          UNION ALL
          SELECT -1, created_at, role, is_active FROM before) AS u
    GROUP BY 1, 2, 3 HAVING sum(n) <> 0;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER users_added AFTER INSERT ON users
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_users('1');
CREATE OR REPLACE TRIGGER users_changed AFTER UPDATE ON users
    REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION note_changed_users();
CREATE OR REPLACE TRIGGER users_removed AFTER DELETE ON users
    REFERENCING OLD TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION note_users('-1');

-- The users of before, which are those that no note tells of. Nothing folds
-- notes yet.
INSERT INTO user_deltas (day, role, is_active, users)
SELECT day, role, is_active, sum(n)
FROM (SELECT (created_at AT TIME ZONE 'UTC')::date AS day, role, is_active, count(*) AS n FROM users GROUP BY 1, 2, 3
      UNION ALL
      SELECT day, role, is_active, -users FROM user_deltas) AS counted
GROUP BY day, role, is_active HAVING sum(n) <> 0;

-- +goose Down
DROP TRIGGER IF EXISTS users_added ON users;
DROP TRIGGER IF EXISTS users_changed ON users;
DROP TRIGGER IF EXISTS users_removed ON users;
DROP FUNCTION IF EXISTS note_users, note_changed_users;
DROP TABLE IF EXISTS user_deltas, user_totals, user_days;
