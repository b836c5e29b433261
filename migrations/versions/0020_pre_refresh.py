"""A refresh whose answer is lost: the token before may be shown once more, for a moment, while its successor is unused."""

from migrations.sql import definer, run

revision = "0020"
down_revision = "0019"

ARGUMENTS = "uuid, uuid, uuid, uuid, integer"


def upgrade() -> None:
    run("""
ALTER TABLE session ADD COLUMN previous_jti uuid;
COMMENT ON COLUMN session.previous_jti IS 'refresh token that refresh_jti came for; null once it was shown again';

-- One refresh token is good once. A network that loses the answer leaves its holder with the used one: within the grace it
-- is taken once more, and what the lost answer held is then itself a used one. Any other older one means two holders: the
-- whole session ends.
CREATE FUNCTION session_rotate_v2(p_session uuid, p_account uuid, p_old uuid, p_new uuid, p_grace_s integer)
RETURNS TABLE (outcome text, left_s integer) LANGUAGE plpgsql AS $$
DECLARE
  found_session record;
  again boolean;
BEGIN
  SELECT s.refresh_jti, s.previous_jti, s.refreshed_at,
    CAST(ceil(extract(epoch FROM s.expires_at - now())) AS integer) AS left_s
  INTO found_session
  FROM session s JOIN account a ON a.id = s.account_id
  WHERE s.id = p_session AND s.account_id = p_account AND s.revoked_at IS NULL AND s.expires_at > now()
    AND a.disabled_at IS NULL
  FOR UPDATE OF s;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'gone'::text, 0;
    RETURN;
  END IF;
  again := found_session.previous_jti IS NOT DISTINCT FROM p_old
    AND clock_timestamp() < found_session.refreshed_at + make_interval(secs => p_grace_s);
  IF found_session.refresh_jti <> p_old AND NOT again THEN
    UPDATE session SET revoked_at = now(), revoked_because = 'reuse' WHERE id = p_session;
    RETURN QUERY SELECT 'reuse'::text, 0;
  ELSE
    UPDATE session SET refresh_jti = p_new, previous_jti = CASE WHEN NOT again THEN p_old END,
      refreshed_at = clock_timestamp()
    WHERE id = p_session;
    RETURN QUERY SELECT 'rotated'::text, found_session.left_s;
  END IF;
END $$;

-- For servers that have not been replaced yet: no grace.
CREATE OR REPLACE FUNCTION session_rotate_v1(p_session uuid, p_account uuid, p_old uuid, p_new uuid)
RETURNS TABLE (outcome text, left_s integer) LANGUAGE sql AS $$
  SELECT r.outcome, r.left_s FROM session_rotate_v2(p_session, p_account, p_old, p_new, 0) r
$$;
""")
    definer("session_rotate_v2", ARGUMENTS)
    definer("session_rotate_v1", "uuid, uuid, uuid, uuid")


def downgrade() -> None:
    run("""
CREATE OR REPLACE FUNCTION session_rotate_v1(p_session uuid, p_account uuid, p_old uuid, p_new uuid)
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
""")
    definer("session_rotate_v1", "uuid, uuid, uuid, uuid")
    run(f"DROP FUNCTION session_rotate_v2({ARGUMENTS})")
    run("ALTER TABLE session DROP COLUMN previous_jti")
