-- login_begin --
-- Book one attempt as failed until proven otherwise, or say which earlier failure blocks it.
SELECT attempt_id, blocked_by
FROM login_begin_v1(
  CAST(:username_digest AS bytea),
  CAST(:address AS inet),
  CAST(:at AS timestamptz),
  CAST(:since AS timestamptz),
  CAST(:max_both AS integer),
  CAST(:max_address AS integer),
  CAST(:max_account AS integer)
);

-- login_lookup --
-- What a password is compared with.
SELECT account_id, password_hash, disabled, must_change
FROM login_lookup_v2(CAST(:username AS text));

-- login_succeed --
-- The attempt was the account's holder.
SELECT login_succeed_v1(CAST(:attempt_id AS bigint));

-- login_rehash --
-- Replace a hash made with older parameters, unless the password changed meanwhile.
SELECT login_rehash_v1(CAST(:account_id AS uuid), CAST(:old AS text), CAST(:new AS text));

-- session_open --
-- A session for the account that still has this hash and is not disabled; false otherwise.
SELECT session_open_v1(
  CAST(:session_id AS uuid),
  CAST(:account_id AS uuid),
  CAST(:password_hash AS text),
  CAST(:jti AS uuid),
  CAST(:lifetime_s AS integer)
);

-- session_rotate --
-- Exchange the one valid refresh token id, or for a moment the one before, for another: 'rotated', 'reuse' (now revoked)
-- or 'gone'.
SELECT outcome, left_s
FROM session_rotate_v2(
  CAST(:session_id AS uuid),
  CAST(:account_id AS uuid),
  CAST(:old AS uuid),
  CAST(:new AS uuid),
  CAST(:grace_s AS integer)
);

-- session_revoke --
-- End a session.
SELECT session_revoke_v1(CAST(:session_id AS uuid), CAST(:account_id AS uuid), CAST(:because AS text));

-- login_change --
-- Another password in place of the one that was verified, unless it changed meanwhile.
SELECT login_change_v1(CAST(:account_id AS uuid), CAST(:old AS text), CAST(:new AS text));

-- list_accounts --
-- Accounts the asker may look up, by username.
SELECT id, username, display_name, role, body, body_name, team, sample, created_at, disabled_at, version,
  must_change_password, sessions, tokens
FROM account_list_v1(CAST(:account AS uuid), CAST(:filter AS jsonb), CAST(:day AS date), CAST(:after AS text),
  CAST(:rows AS integer));

-- create_account --
-- A new account with a password that has to be changed.
SELECT account_create_v1(CAST(:said AS jsonb), CAST(:hash AS text), CAST(:day AS date));

-- change_account --
-- What is said of an account, from the version that was seen; whether the asker administers it.
SELECT account_change_v1(CAST(:account AS uuid), CAST(:version AS integer), CAST(:said AS jsonb), CAST(:day AS date));

-- reset_password --
-- A password that its holder has to change; whether the asker administers the account.
SELECT account_reset_v1(CAST(:account AS uuid), CAST(:hash AS text));

-- end_sessions --
-- End every session of an account; whether the asker administers it.
SELECT account_sessions_end_v1(CAST(:account AS uuid));

-- list_account_changes --
-- Changes of an account the asker administers, the newest first.
SELECT version, action, before, after, made_at, made_by, made_by_name
FROM account_changes_v1(CAST(:account AS uuid), CAST(:before AS integer), CAST(:rows AS integer));

-- list_organisations --
-- Every body, the district first.
SELECT code, kind, name, body_name, body_name_en, closed_at, version, people
FROM organisation_list_v1();

-- create_organisation --
-- A new township.
SELECT organisation_create_v1(CAST(:said AS jsonb));

-- change_organisation --
-- What is said of a body, from the version that was seen; whether there is one.
SELECT organisation_change_v1(CAST(:code AS text), CAST(:version AS integer), CAST(:said AS jsonb));

-- list_organisation_changes --
-- Changes of a body the asker administers, the newest first.
SELECT version, action, before, after, made_at, made_by, made_by_name
FROM organisation_changes_v1(CAST(:code AS text), CAST(:before AS integer), CAST(:rows AS integer));

-- create_token --
-- A personal token of the asker's own.
SELECT api_token_create_v1(CAST(:token AS uuid), CAST(:name AS text), CAST(:writes AS boolean), CAST(:digest AS bytea),
  CAST(:days AS integer), CAST(:most AS integer));

-- list_tokens --
-- Tokens of the asker or of an account they administer, the newest first.
SELECT id, account_id, name, writes, created_at, expires_at, last_used_on, revoked_at, revoked_by, expired
FROM api_token_list_v1(CAST(:token AS uuid), CAST(:account AS uuid), CAST(:rows AS integer));

-- revoke_token --
-- End a token; whether it is the asker's, or of somebody they administer.
SELECT api_token_revoke_v1(CAST(:token AS uuid));
