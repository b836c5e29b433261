"""Login: the few functions through which the server's role may touch password hashes and sessions."""

from migrations.sql import definer, run

revision = "0002"
down_revision = "0001"

FUNCTIONS = {
    "login_failures_v1": "bytea, inet, timestamptz",
    "login_lookup_v1": "text",
    "login_record_v1": "bytea, inet, boolean, timestamptz",
    "session_open_v1": "uuid, uuid, uuid, timestamptz",
    "session_rotate_v1": "uuid, uuid, uuid, uuid",
    "session_revoke_v1": "uuid, uuid, text",
}


def upgrade() -> None:
    run("""
CREATE FUNCTION login_failures_v1(p_username bytea, p_address inet, p_since timestamptz)
RETURNS TABLE (both_ways bigint, by_address bigint, by_account bigint, known_address boolean, oldest timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT count(*) FILTER (WHERE l.username_digest = p_username AND l.address = p_address),
    count(*) FILTER (WHERE l.address = p_address),
    count(*) FILTER (WHERE l.username_digest = p_username),
    EXISTS (SELECT 1 FROM login_attempt k WHERE k.username_digest = p_username AND k.address = p_address AND k.succeeded),
    min(l.attempted_at)
  FROM login_attempt l
  WHERE (l.username_digest = p_username OR l.address = p_address) AND l.attempted_at > p_since AND NOT l.succeeded
$$;
CREATE FUNCTION login_lookup_v1(p_username text)
RETURNS TABLE (account_id uuid, password_hash text, disabled boolean) LANGUAGE sql STABLE AS $$
  SELECT a.id, a.password_hash, a.disabled_at IS NOT NULL FROM account a WHERE a.username = p_username
$$;
CREATE FUNCTION login_record_v1(p_username bytea, p_address inet, p_succeeded boolean, p_at timestamptz)
RETURNS void LANGUAGE sql AS $$
  INSERT INTO login_attempt (attempted_at, username_digest, address, succeeded)
  VALUES (p_at, p_username, p_address, p_succeeded)
$$;
CREATE FUNCTION session_open_v1(p_session uuid, p_account uuid, p_jti uuid, p_expires timestamptz)
RETURNS void LANGUAGE sql AS $$
  INSERT INTO session (id, account_id, refresh_jti, expires_at) VALUES (p_session, p_account, p_jti, p_expires)
$$;
-- One refresh token is good once. Presenting an older one means two holders: the whole session ends.
CREATE FUNCTION session_rotate_v1(p_session uuid, p_account uuid, p_old uuid, p_new uuid)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  current_jti uuid;
BEGIN
  SELECT s.refresh_jti INTO current_jti
  FROM session s JOIN account a ON a.id = s.account_id
  WHERE s.id = p_session AND s.account_id = p_account AND s.revoked_at IS NULL AND s.expires_at > now()
    AND a.disabled_at IS NULL
  FOR UPDATE OF s;
  IF NOT FOUND THEN
    RETURN 'gone';
  END IF;
  IF current_jti <> p_old THEN
    UPDATE session SET revoked_at = now(), revoked_because = 'reuse' WHERE id = p_session;
    RETURN 'reuse';
  END IF;
  UPDATE session SET refresh_jti = p_new, refreshed_at = now() WHERE id = p_session;
  RETURN 'rotated';
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
