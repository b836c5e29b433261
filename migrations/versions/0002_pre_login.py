"""Login: the few functions through which the server's role may touch password hashes and sessions."""

from migrations.sql import definer, run

revision = "0002"
down_revision = "0001"

FUNCTIONS = {
    "login_begin_v1": "bytea, inet, timestamptz, timestamptz, integer, integer, integer",
    "login_lookup_v1": "text",
    "login_succeed_v1": "bigint",
    "login_rehash_v1": "uuid, text, text",
    "session_open_v1": "uuid, uuid, text, uuid, integer",
    "session_rotate_v1": "uuid, uuid, uuid, uuid",
    "session_revoke_v1": "uuid, uuid, text",
}


def upgrade() -> None:
    run("""
-- Counts and books an attempt in one step, as failed until login_succeed_v1: of many guesses sent side by
-- side no more than the limit pass. A refused attempt is not booked, so that trying again never makes the
-- wait longer; its answer is when the failure was that has to leave the window first.
CREATE FUNCTION login_begin_v1(p_username bytea, p_address inet, p_at timestamptz, p_since timestamptz,
  p_max_both integer, p_max_address integer, p_max_account integer)
RETURNS TABLE (attempt_id bigint, blocked_by timestamptz) LANGUAGE plpgsql AS $$
BEGIN
  -- Always address before account: whoever waits for an account holds nothing another account's holder needs.
  PERFORM pg_advisory_xact_lock(1, hashtext(p_address::text));
  PERFORM pg_advisory_xact_lock(2, hashtext(encode(p_username, 'hex')));
  SELECT greatest(
    (SELECT l.attempted_at FROM login_attempt l
     WHERE l.username_digest = p_username AND l.address = p_address
       AND l.attempted_at > p_since AND NOT l.succeeded
     ORDER BY l.attempted_at DESC OFFSET p_max_both - 1 LIMIT 1),
    (SELECT l.attempted_at FROM login_attempt l
     WHERE l.address = p_address AND l.attempted_at > p_since AND NOT l.succeeded
     ORDER BY l.attempted_at DESC OFFSET p_max_address - 1 LIMIT 1),
    -- An address the holder signed in from before still passes: guessing elsewhere locks nobody out.
    (SELECT l.attempted_at FROM login_attempt l
     WHERE l.username_digest = p_username AND l.attempted_at > p_since AND NOT l.succeeded
       AND NOT EXISTS (SELECT 1 FROM login_attempt k
         WHERE k.username_digest = p_username AND k.address = p_address AND k.succeeded)
     ORDER BY l.attempted_at DESC OFFSET p_max_account - 1 LIMIT 1))
  INTO blocked_by;
  IF blocked_by IS NULL THEN
    INSERT INTO login_attempt (attempted_at, username_digest, address, succeeded)
    VALUES (p_at, p_username, p_address, false)
    RETURNING id INTO attempt_id;
  END IF;
  RETURN NEXT;
END $$;
CREATE FUNCTION login_succeed_v1(p_attempt bigint) RETURNS void LANGUAGE sql AS $$
  UPDATE login_attempt SET succeeded = true WHERE id = p_attempt
$$;
CREATE FUNCTION login_lookup_v1(p_username text)
RETURNS TABLE (account_id uuid, password_hash text, disabled boolean) LANGUAGE sql STABLE AS $$
  SELECT a.id, a.password_hash, a.disabled_at IS NOT NULL FROM account a WHERE a.username = p_username
$$;
CREATE FUNCTION login_rehash_v1(p_account uuid, p_old text, p_new text) RETURNS void LANGUAGE sql AS $$
  UPDATE account SET password_hash = p_new WHERE id = p_account AND password_hash = p_old
$$;
-- Opens only for the very hash that was verified: a password changed or an account disabled meanwhile opens
-- nothing.
CREATE FUNCTION session_open_v1(p_session uuid, p_account uuid, p_hash text, p_jti uuid, p_lifetime_s integer)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM account a
  WHERE a.id = p_account AND a.password_hash = p_hash AND a.disabled_at IS NULL
  FOR SHARE;
  IF FOUND THEN
    INSERT INTO session (id, account_id, refresh_jti, expires_at)
    VALUES (p_session, p_account, p_jti, now() + make_interval(secs => p_lifetime_s));
  END IF;
  RETURN FOUND;
END $$;
-- One refresh token is good once. Presenting an older one means two holders: the whole session ends.
CREATE FUNCTION session_rotate_v1(p_session uuid, p_account uuid, p_old uuid, p_new uuid)
RETURNS TABLE (outcome text, left_s integer) LANGUAGE plpgsql AS $$
DECLARE
  found_session record;
BEGIN
  SELECT s.refresh_jti, CAST(ceil(extract(epoch FROM s.expires_at - now())) AS integer) AS left_s
  INTO found_session
  FROM session s JOIN account a ON a.id = s.account_id
  WHERE s.id = p_session AND s.account_id = p_account AND s.revoked_at IS NULL AND s.expires_at > now()
    AND a.disabled_at IS NULL
  FOR UPDATE OF s;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'gone'::text, 0;
  ELSIF found_session.refresh_jti <> p_old THEN
    UPDATE session SET revoked_at = now(), revoked_because = 'reuse' WHERE id = p_session;
    RETURN QUERY SELECT 'reuse'::text, 0;
  ELSE
    UPDATE session SET refresh_jti = p_new, refreshed_at = now() WHERE id = p_session;
    RETURN QUERY SELECT 'rotated'::text, found_session.left_s;
  END IF;
END $$;
CREATE FUNCTION session_revoke_v1(p_session uuid, p_account uuid, p_because text)
RETURNS void LANGUAGE sql AS $$
  UPDATE session SET revoked_at = now(), revoked_because = p_because
  WHERE id = p_session AND account_id = p_account AND revoked_at IS NULL
$$;
""")
    for name, arguments in FUNCTIONS.items():
        definer(name, arguments)


def downgrade() -> None:
    for name, arguments in FUNCTIONS.items():
        run(f"DROP FUNCTION {name}({arguments})")
