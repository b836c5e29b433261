"""Patrol: tokens of devices: enrolled with one code, bound to the first client that uses it, told apart by digest only."""

from migrations.sql import definer, run, secure

revision = "0024"
down_revision = "0023"

DEFINERS = {
    "device_enrol_v1": "uuid, text, text, text, bytea, timestamptz, integer, integer",
    "device_list_v1": "bigint, uuid, bigint, integer",
    "device_revoke_v1": "bigint, timestamptz",
    "device_enter_v1": "bytea, text, text, text, timestamptz",
    "device_heard_v1": "bigint, jsonb, timestamptz",
}


def upgrade() -> None:
    run("""
CREATE TABLE device_token (
  digest bytea CONSTRAINT device_token_pkey PRIMARY KEY
    CONSTRAINT device_token_digest_length CHECK (octet_length(digest) = 32),
  device_id bigint NOT NULL CONSTRAINT device_token_device_id_fkey REFERENCES device (id),
  issued_by uuid NOT NULL CONSTRAINT device_token_issued_by_fkey REFERENCES account (id),
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  claimed_at timestamptz,
  mark text,
  revoked_at timestamptz,
  heard_at timestamptz,
  heard jsonb
);
COMMENT ON TABLE device_token IS 'one live token a device; who holds the token itself is the phone alone';
COMMENT ON COLUMN device_token.digest IS 'SHA-256 of the token: what is read here opens nothing';
COMMENT ON COLUMN device_token.expires_at IS 'unused until then, it is worth nothing; once claimed it holds until revoked';
COMMENT ON COLUMN device_token.mark IS 'what the client that claimed it told of itself; null when it told nothing';
COMMENT ON COLUMN device_token.heard IS 'counts of the last request: accepted, duplicate, off_duty, unreadable';
CREATE UNIQUE INDEX device_token_one_live ON device_token (device_id) WHERE revoked_at IS NULL;
""")
    secure("device_token", read="false")
    run("""
-- Whether the asker may look after the devices of an account: one's own, or an administrator's whole scope.
CREATE FUNCTION may_equip(p_organisation uuid, p_account uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT public.current_account() IS NOT NULL AND (p_account = public.current_account()
    OR public.asks_as('admin') AND public.may_see(p_organisation, p_account))
$$;

-- A new token for a device, which is made if it is new; an older token of it ends. `outcome` is 'enrolled', 'absent' for
-- an account the asker does not look after, or 'indoors' for one whose role carries no tracker.
CREATE FUNCTION device_enrol_v1(p_account uuid, p_kind text, p_name text, p_datum text, p_digest bytea, p_at timestamptz,
  p_lifetime_s integer, p_most integer)
RETURNS TABLE (outcome text, device_id bigint, username text) LANGUAGE plpgsql AS $$
DECLARE
  carrier record;
  enrolled bigint;
BEGIN
  SELECT a.id, a.username, a.role INTO carrier FROM account a
  WHERE a.id = coalesce(p_account, current_account()) AND a.disabled_at IS NULL AND may_equip(a.organisation_id, a.id);
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'absent'::text, NULL::bigint, NULL::text;
    RETURN;
  ELSIF carrier.role NOT IN ('officer', 'handler', 'checker') THEN
    RETURN QUERY SELECT 'indoors'::text, NULL::bigint, NULL::text;
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('device ' || carrier.id, 0));
  IF (SELECT count(*) FROM device d WHERE d.account_id = carrier.id AND (d.kind, d.name) <> (p_kind, p_name)) >= p_most THEN
    RAISE EXCEPTION 'too many devices' USING ERRCODE = 'check_violation', CONSTRAINT = 'device_most';
  END IF;
  INSERT INTO device (account_id, kind, name, datum, created_at) VALUES (carrier.id, p_kind, p_name, p_datum, p_at)
  ON CONFLICT ON CONSTRAINT device_name_key DO UPDATE SET datum = excluded.datum, revoked_at = NULL
  RETURNING id INTO enrolled;
  UPDATE device_token t SET revoked_at = p_at WHERE t.device_id = enrolled AND t.revoked_at IS NULL;
  INSERT INTO device_token (digest, device_id, issued_by, issued_at, expires_at)
  VALUES (p_digest, enrolled, current_account(), p_at, p_at + make_interval(secs => p_lifetime_s));
  RETURN QUERY SELECT 'enrolled'::text, enrolled, carrier.username;
END $$;

-- Devices the asker looks after, newest first: one, those of one account, or all.
CREATE FUNCTION device_list_v1(p_device bigint, p_account uuid, p_before bigint, p_rows integer)
RETURNS TABLE (id bigint, account_id uuid, username text, display_name text, kind text, name text, datum text,
  created_at timestamptz, revoked_at timestamptz, enrolled_at timestamptz, expires_at timestamptz, claimed_at timestamptz,
  enrolled_by text, mark text, heard_at timestamptz, heard text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT d.id, a.id, a.username, a.display_name, d.kind, d.name, d.datum, d.created_at, d.revoked_at,
    t.issued_at, t.expires_at, t.claimed_at, i.username, t.mark, t.heard_at, CAST(t.heard AS text)
  FROM device d
  JOIN account a ON a.id = d.account_id
  LEFT JOIN LATERAL (SELECT k.* FROM device_token k WHERE k.device_id = d.id ORDER BY k.issued_at DESC LIMIT 1) t ON true
  LEFT JOIN account i ON i.id = t.issued_by
  WHERE may_equip(a.organisation_id, a.id) AND (p_device IS NULL OR d.id = p_device)
    AND (p_account IS NULL OR a.id = p_account) AND (p_before IS NULL OR d.id < p_before)
  ORDER BY d.id DESC
  LIMIT p_rows;
END $$;

-- Ends a device and its token; false for one the asker does not look after. Again is the same.
CREATE FUNCTION device_revoke_v1(p_device bigint, p_at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE device d SET revoked_at = coalesce(d.revoked_at, p_at) FROM account a
  WHERE d.id = p_device AND a.id = d.account_id AND may_equip(a.organisation_id, a.id);
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE device_token t SET revoked_at = p_at WHERE t.device_id = p_device AND t.revoked_at IS NULL;
  RETURN true;
END $$;

-- Lets a device in by its token, for this transaction and as its officer; no row for a token that opens nothing. The
-- first to use a token claims it, before it expires; another client that tells of itself otherwise is not let in.
-- `claimed` says that this was the first time.
CREATE FUNCTION device_enter_v1(p_digest bytea, p_kind text, p_username text, p_mark text, p_at timestamptz)
RETURNS TABLE (device_id bigint, datum text, claimed boolean) LANGUAGE plpgsql AS $$
DECLARE
  held record;
BEGIN
  SELECT t.claimed_at, t.expires_at, t.mark, d.id AS device, d.datum, a.id AS account, a.organisation_id INTO held
  FROM device_token t
  JOIN device d ON d.id = t.device_id
  JOIN account a ON a.id = d.account_id
  WHERE t.digest = p_digest AND t.revoked_at IS NULL AND d.revoked_at IS NULL AND d.kind = p_kind
    AND a.disabled_at IS NULL AND a.role IN ('officer', 'handler', 'checker')
    AND (p_username IS NULL OR a.username = p_username)
  FOR UPDATE OF t;
  IF NOT FOUND OR held.mark <> p_mark OR (held.claimed_at IS NULL AND held.expires_at <= p_at) THEN
    RETURN;
  END IF;
  IF held.claimed_at IS NULL OR (held.mark IS NULL AND p_mark IS NOT NULL) THEN
    UPDATE device_token t SET claimed_at = coalesce(t.claimed_at, p_at), mark = p_mark WHERE t.digest = p_digest;
  END IF;
  PERFORM set_config('frontage.account_id', held.account::text, true),
    set_config('frontage.organisation_id', held.organisation_id::text, true),
    set_config('frontage.scope', 'own', true);
  RETURN QUERY SELECT held.device, held.datum, held.claimed_at IS NULL;
END $$;

-- Keeps what the last request of a device brought, for whoever wonders why nothing arrives.
CREATE FUNCTION device_heard_v1(p_device bigint, p_heard jsonb, p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE device_token t SET heard_at = p_at, heard = p_heard FROM device d
  WHERE t.device_id = p_device AND t.revoked_at IS NULL AND d.id = t.device_id AND d.account_id = current_account();
END $$;
""")
    for name, arguments in DEFINERS.items():
        definer(name, arguments)


def downgrade() -> None:
    for name, arguments in DEFINERS.items():
        run(f"DROP FUNCTION {name}({arguments})")
    run("DROP FUNCTION may_equip(uuid, uuid)")
    run("DROP TABLE device_token")
