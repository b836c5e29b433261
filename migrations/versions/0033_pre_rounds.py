"""Rounds: a suggested walk, sent to an officer for a day, and which of its fronts were seen since."""

from migrations.sql import append_only, definer, run, secure

revision = "0033"
down_revision = "0032"

DIRECTS = "asks_as('dispatcher', 'zone_manager') AND may_see(organisation_id, account_id)"
DEFINERS = {
    "round_put_v1": "uuid, uuid, date, text, json, timestamptz",
    "rounds_v1": "date, uuid, uuid, timestamptz, uuid, integer",
}


def upgrade() -> None:
    run("""
CREATE TABLE patrol_round (
  id uuid CONSTRAINT patrol_round_pkey PRIMARY KEY,
  account_id uuid NOT NULL CONSTRAINT patrol_round_account_id_fkey REFERENCES account (id),
  organisation_id uuid NOT NULL CONSTRAINT patrol_round_organisation_id_fkey REFERENCES organisation (id),
  day date NOT NULL,
  sent_by uuid NOT NULL CONSTRAINT patrol_round_sent_by_fkey REFERENCES account (id),
  sent_at timestamptz NOT NULL,
  digest text NOT NULL CONSTRAINT patrol_round_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  told json NOT NULL
);
CREATE INDEX patrol_round_list ON patrol_round (sent_at DESC, id DESC);
CREATE INDEX patrol_round_of_account ON patrol_round (account_id, day DESC);
COMMENT ON TABLE patrol_round IS 'walks that somebody was asked for; the newest of a day counts';
COMMENT ON COLUMN patrol_round.organisation_id IS 'of who walks it';
COMMENT ON COLUMN patrol_round.told IS 'streets with codes of zones, metres, minutes, line, note';
""")
    append_only(["patrol_round"])
    secure("patrol_round", read=f"account_id = current_account() OR ({DIRECTS})")
    run("""
-- Keeps a round for an officer whom the asker directs: 'sent', 'same' when it is here already, 'other' when its id is of
-- another one, 'nobody' when the asker directs no such officer.
CREATE FUNCTION round_put_v1(p_round uuid, p_officer uuid, p_day date, p_digest text, p_told json, p_at timestamptz)
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO patrol_round (id, account_id, organisation_id, day, sent_by, sent_at, digest, told)
  SELECT p_round, a.id, a.organisation_id, p_day, current_account(), p_at, p_digest, p_told
  FROM account a
  WHERE a.id = p_officer AND a.disabled_at IS NULL AND a.role IN ('officer', 'handler', 'checker')
    AND asks_as('dispatcher', 'zone_manager') AND may_see(a.organisation_id, a.id)
  ON CONFLICT ON CONSTRAINT patrol_round_pkey DO NOTHING;
  IF FOUND THEN
    RETURN 'sent';
  END IF;
  RETURN coalesce((SELECT CASE WHEN r.digest = p_digest AND r.sent_by = current_account() THEN 'same' ELSE 'other' END
    FROM patrol_round r WHERE r.id = p_round), 'nobody');
END $$;

-- Rounds of an officer's own or of those whom the asker directs, the newest first, with when each of their fronts was
-- last seen on that day since the round was sent: by whom is not told. An id asks for one of them.
CREATE FUNCTION rounds_v1(p_day date, p_account uuid, p_round uuid, p_before_at timestamptz, p_before_id uuid,
  p_rows integer)
RETURNS TABLE (id uuid, account_id uuid, display_name text, body_code text, body_name text, day date, sent_name text,
  sent_at timestamptz, told text, replaced boolean, seen jsonb)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT r.id, r.account_id, a.display_name, o.code, o.body_name, r.day, s.display_name, r.sent_at, CAST(r.told AS text),
    EXISTS (SELECT 1 FROM patrol_round n WHERE n.account_id = r.account_id AND n.day = r.day
      AND (n.sent_at, n.id) > (r.sent_at, r.id)),
    -- Zones by their codes over all versions: a round goes on when one of its zones is drawn anew.
    (SELECT jsonb_object_agg(v.code, jsonb_build_object('name', v.name, 'seen_at', v.seen_at)) FROM (
      SELECT DISTINCT ON (z.code) z.code, z.name, max(c.last_at) OVER (PARTITION BY z.code) AS seen_at
      FROM json_array_elements(r.told -> 'streets') AS street
      CROSS JOIN LATERAL json_array_elements_text(street -> 'zones') AS wanted (code)
      JOIN zone z ON z.code = wanted.code AND z.kind IN ('frontage', 'parking', 'site', 'service_point')
      LEFT JOIN coverage_day c ON c.zone_id = z.id AND c.day = r.day AND c.visits > 0
        AND c.last_at >= r.sent_at
      ORDER BY z.code, z.version DESC) v)
  FROM patrol_round r
  JOIN account a ON a.id = r.account_id
  JOIN organisation o ON o.id = r.organisation_id
  JOIN account s ON s.id = r.sent_by
  WHERE (r.account_id = current_account()
      OR (asks_as('dispatcher', 'zone_manager') AND may_see(r.organisation_id, r.account_id)))
    AND (p_day IS NULL OR r.day = p_day)
    AND (p_account IS NULL OR r.account_id = p_account)
    AND (p_round IS NULL OR r.id = p_round)
    AND (p_before_at IS NULL OR (r.sent_at, r.id) < (p_before_at, p_before_id))
  ORDER BY r.sent_at DESC, r.id DESC
  LIMIT p_rows;
END $$;
""")
    for name, arguments in DEFINERS.items():
        definer(name, arguments)


def downgrade() -> None:
    for name, arguments in DEFINERS.items():
        run(f"DROP FUNCTION {name}({arguments})")
    run("DROP TABLE patrol_round")
