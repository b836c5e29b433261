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
SELECT account_id, password_hash, disabled
FROM login_lookup_v1(CAST(:username AS text));

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
