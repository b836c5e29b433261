"""Duty: teams, areas and rosters from files, shifts that only begin and end, places looked at, and who is on duty.

What a phone says of a shift is kept beside when it arrived, and is never edited: the end of a shift is the earliest of
those told and of its limit, so that it does not matter in which order they come.
"""

from migrations import duty
from migrations.sql import SERVER_ROLE, WORKER_ROLE, append_only, definer, run, secure

revision = "0022"
down_revision = "0021"

SIGNED_IN = "current_account() IS NOT NULL"
KEEPERS = "(SELECT asks_as('dispatcher', 'zone_manager', 'admin'))"
OF_OFFICERS = "uuid, timestamptz, timestamptz, text[], jsonb, integer"
DEFINERS = {
    "duty_people_v1": "",
    "keeps_roster_v1": "uuid",
    "roster_known_v1": "text, date, jsonb",
    "roster_put_v1": "uuid, jsonb, timestamptz",
    "shift_start_v1": "uuid, timestamptz, boolean, timestamptz, date, jsonb, jsonb",
    "shift_end_v1": "uuid, timestamptz, boolean, timestamptz",
    "visit_mark_put_v1": "uuid, jsonb, timestamptz, date",
    "officers_for_case_v1": OF_OFFICERS,
}
FOR_THE_WORKER = {"shifts_end_due_v1": "timestamptz, integer"}


def upgrade() -> None:
    _roster_tables()
    _shift_tables()
    _rights()
    _spans()
    _shifts()
    _marks()
    run(duty.ROSTERS)
    run(f"DROP FUNCTION officers_for_case_v1({OF_OFFICERS})")
    run(duty.OFFICERS)
    for name, arguments in (DEFINERS | FOR_THE_WORKER).items():
        definer(name, arguments)
    for name, arguments in FOR_THE_WORKER.items():
        run(f"REVOKE EXECUTE ON FUNCTION {name}({arguments}) FROM {SERVER_ROLE}")
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")


def _roster_tables() -> None:
    run("""
CREATE TABLE team (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT team_pkey PRIMARY KEY,
  organisation_id uuid NOT NULL CONSTRAINT team_organisation_id_fkey REFERENCES organisation (id),
  name text NOT NULL CONSTRAINT team_name_length CHECK (length(name) BETWEEN 1 AND 100),
  sample boolean NOT NULL,
  CONSTRAINT team_organisation_id_name_key UNIQUE (organisation_id, name)
);
CREATE TABLE team_member (
  team_id bigint NOT NULL CONSTRAINT team_member_team_id_fkey REFERENCES team (id),
  account_id uuid NOT NULL CONSTRAINT team_member_account_id_fkey REFERENCES account (id),
  valid daterange NOT NULL CONSTRAINT team_member_valid_not_empty CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
  CONSTRAINT team_member_once EXCLUDE USING gist (team_id WITH =, account_id WITH =, valid WITH &&)
);
CREATE INDEX team_member_account_id ON team_member (account_id);

CREATE TABLE duty_area (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT duty_area_pkey PRIMARY KEY,
  organisation_id uuid NOT NULL CONSTRAINT duty_area_organisation_id_fkey REFERENCES organisation (id),
  code text NOT NULL CONSTRAINT duty_area_code_length CHECK (length(code) BETWEEN 1 AND 64),
  name text NOT NULL CONSTRAINT duty_area_name_length CHECK (length(name) BETWEEN 1 AND 200),
  made_of jsonb NOT NULL,
  geom geometry(MultiPolygon, 4326) NOT NULL CONSTRAINT duty_area_geom_is_place CHECK (is_place(geom)),
  geom_m geometry GENERATED ALWAYS AS (to_metric(geom)) STORED,
  made_at timestamptz NOT NULL,
  replaced_at timestamptz
);
COMMENT ON COLUMN duty_area.made_of IS 'what the file said: a polygon, codes of zones, or names of streets';
COMMENT ON COLUMN duty_area.replaced_at IS 'when another area of this code took its place; what was walked by it keeps it';
CREATE UNIQUE INDEX duty_area_in_force ON duty_area (organisation_id, code) WHERE replaced_at IS NULL;

CREATE TABLE roster (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT roster_pkey PRIMARY KEY,
  organisation_id uuid NOT NULL CONSTRAINT roster_organisation_id_fkey REFERENCES organisation (id),
  name text NOT NULL CONSTRAINT roster_name_length CHECK (length(name) BETWEEN 1 AND 200),
  source text NOT NULL,
  sample boolean NOT NULL,
  digest text NOT NULL CONSTRAINT roster_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  days daterange NOT NULL
    CONSTRAINT roster_days_whole CHECK (NOT isempty(days) AND NOT lower_inf(days) AND NOT upper_inf(days)),
  made_at timestamptz NOT NULL,
  made_by uuid CONSTRAINT roster_made_by_fkey REFERENCES account (id)
);
COMMENT ON COLUMN roster.days IS 'local days it lists whole; of rosters of one body and day the newest counts';
CREATE INDEX roster_days ON roster USING gist (organisation_id, days);

CREATE TABLE roster_entry (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT roster_entry_pkey PRIMARY KEY,
  roster_id bigint NOT NULL CONSTRAINT roster_entry_roster_id_fkey REFERENCES roster (id),
  organisation_id uuid NOT NULL CONSTRAINT roster_entry_organisation_id_fkey REFERENCES organisation (id),
  account_id uuid NOT NULL CONSTRAINT roster_entry_account_id_fkey REFERENCES account (id),
  team_id bigint CONSTRAINT roster_entry_team_id_fkey REFERENCES team (id),
  duty_area_id bigint CONSTRAINT roster_entry_duty_area_id_fkey REFERENCES duty_area (id),
  on_from timestamptz NOT NULL,
  on_to timestamptz NOT NULL,
  replaced_by bigint CONSTRAINT roster_entry_replaced_by_fkey REFERENCES roster (id),
  CONSTRAINT roster_entry_forward CHECK (on_from < on_to),
  CONSTRAINT roster_entry_one_at_a_time EXCLUDE USING gist (account_id WITH =, tstzrange(on_from, on_to) WITH &&)
    WHERE (replaced_by IS NULL)
);
CREATE INDEX roster_entry_roster_id ON roster_entry (roster_id);
CREATE INDEX roster_entry_list ON roster_entry (on_from, id) WHERE replaced_by IS NULL;
""")


def _shift_tables() -> None:
    run("""
CREATE TABLE shift (
  id uuid CONSTRAINT shift_pkey PRIMARY KEY,
  account_id uuid NOT NULL CONSTRAINT shift_account_id_fkey REFERENCES account (id),
  organisation_id uuid NOT NULL CONSTRAINT shift_organisation_id_fkey REFERENCES organisation (id),
  team_id bigint CONSTRAINT shift_team_id_fkey REFERENCES team (id),
  roster_entry_id bigint CONSTRAINT shift_roster_entry_id_fkey REFERENCES roster_entry (id),
  outside_roster boolean NOT NULL,
  outside_area boolean,
  started_at timestamptz NOT NULL,
  start_received_at timestamptz NOT NULL,
  limit_at timestamptz NOT NULL,
  ended_at timestamptz,
  end_received_at timestamptz,
  ended_by text CONSTRAINT shift_ended_by_known CHECK (ended_by IN ('officer', 'limit', 'dispatcher')),
  CONSTRAINT shift_in_time CHECK (limit_at > started_at AND ended_at BETWEEN started_at AND limit_at),
  CONSTRAINT shift_ended_whole
    CHECK ((ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_received_at IS NULL)),
  CONSTRAINT shift_outside_roster_whole CHECK (NOT (outside_roster AND roster_entry_id IS NOT NULL)),
  CONSTRAINT shift_one_at_a_time
    EXCLUDE USING gist (account_id WITH =, tstzrange(started_at, coalesce(ended_at, limit_at)) WITH &&)
);
COMMENT ON COLUMN shift.outside_area IS 'whether it began outside the area of its roster entry; null when there is none, or no place was told';
COMMENT ON COLUMN shift.limit_at IS 'when it ends if nobody ends it: the longest a shift may last, or the start of the next one told before it';
COMMENT ON COLUMN shift.ended_at IS 'the earliest of limit_at and of what shift_end holds; null until one of them is known';
CREATE INDEX shift_list ON shift (started_at DESC, id DESC);
CREATE INDEX shift_of_account ON shift (account_id, started_at DESC);
CREATE INDEX shift_open ON shift (limit_at) WHERE ended_at IS NULL;

CREATE TABLE shift_end (
  shift_id uuid NOT NULL CONSTRAINT shift_end_shift_id_fkey REFERENCES shift (id),
  ended_by text NOT NULL CONSTRAINT shift_end_ended_by_known CHECK (ended_by IN ('officer', 'dispatcher')),
  account_id uuid NOT NULL CONSTRAINT shift_end_account_id_fkey REFERENCES account (id),
  ended_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  CONSTRAINT shift_end_pkey PRIMARY KEY (shift_id, ended_by)
);
COMMENT ON COLUMN shift_end.ended_at IS 'as told; shift.ended_at is what follows from it';

CREATE TABLE visit_mark (
  id uuid CONSTRAINT visit_mark_pkey PRIMARY KEY,
  account_id uuid NOT NULL CONSTRAINT visit_mark_account_id_fkey REFERENCES account (id),
  organisation_id uuid NOT NULL CONSTRAINT visit_mark_organisation_id_fkey REFERENCES organisation (id),
  shift_id uuid CONSTRAINT visit_mark_shift_id_fkey REFERENCES shift (id),
  zone_id bigint NOT NULL CONSTRAINT visit_mark_zone_id_fkey REFERENCES zone (id),
  kind text NOT NULL CONSTRAINT visit_mark_kind_known CHECK (kind IN ('inspection', 'service')),
  at timestamptz NOT NULL,
  note text,
  received_at timestamptz NOT NULL
);
CREATE INDEX visit_mark_of_account ON visit_mark (account_id, at);
CREATE INDEX visit_mark_of_zone ON visit_mark (zone_id, at);

-- A shift is evidence: what was told of its start stays, and its end only comes or moves back to an earlier one.
CREATE FUNCTION shift_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'UPDATE' THEN
    RAISE EXCEPTION 'shifts stay' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'shift_keeps';
  ELSIF (OLD.id, OLD.account_id, OLD.organisation_id, OLD.team_id, OLD.roster_entry_id, OLD.outside_roster,
      OLD.outside_area, OLD.started_at, OLD.start_received_at, OLD.limit_at)
    IS DISTINCT FROM (NEW.id, NEW.account_id, NEW.organisation_id, NEW.team_id, NEW.roster_entry_id, NEW.outside_roster,
      NEW.outside_area, NEW.started_at, NEW.start_received_at, NEW.limit_at)
    OR NEW.ended_at IS NULL OR NEW.ended_at >= OLD.ended_at
  THEN
    RAISE EXCEPTION 'a shift only ends, or turns out to have ended earlier'
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'shift_keeps';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER shift_keeps BEFORE UPDATE OR DELETE ON shift FOR EACH ROW EXECUTE FUNCTION shift_keeps();
CREATE TRIGGER shift_keeps_all BEFORE TRUNCATE ON shift FOR EACH STATEMENT EXECUTE FUNCTION shift_keeps();
""")


def _rights() -> None:
    append_only(("roster", "shift_end", "visit_mark"))
    secure("team", read=SIGNED_IN)
    secure("duty_area", read=SIGNED_IN)
    secure("roster", read=SIGNED_IN)
    secure(
        "team_member",
        read=f"account_id = current_account() OR ({KEEPERS} AND EXISTS (SELECT 1 FROM team t "
        "WHERE t.id = team_id AND may_see(t.organisation_id, account_id)))",
    )
    secure(
        "roster_entry",
        read=f"account_id = current_account() OR ({KEEPERS} AND may_see(organisation_id, account_id))",
    )
    secure(
        "shift",
        read="account_id = current_account() OR ((SELECT asks_as('dispatcher', 'zone_manager')) "
        "AND may_see(organisation_id, account_id))",
    )
    secure("shift_end", read="EXISTS (SELECT 1 FROM shift s WHERE s.id = shift_id)")
    # Where somebody was at what time: of others it is told by functions that note the look.
    secure("visit_mark", read="account_id = current_account()")
    run(f"""
-- Names of whoever works in the asker's scope, for those who lead them and the owner at the command line: accounts show
-- themselves to nobody else.
CREATE FUNCTION duty_people_v1() RETURNS TABLE (account_id uuid, username text, display_name text) LANGUAGE sql STABLE AS $$
  SELECT a.id, a.username, a.display_name FROM account a
  WHERE a.id = current_account() OR ({KEEPERS} AND may_see(a.organisation_id, a.id))
    OR (current_account() IS NULL AND session_user NOT IN ('frontage_app', 'frontage_worker'))
$$;

CREATE VIEW shift_told WITH (security_invoker = true) AS
  SELECT s.id, s.account_id, n.username, n.display_name, s.organisation_id, o.code AS body, o.body_name, s.team_id,
    t.name AS team, s.started_at, s.start_received_at, s.limit_at, s.ended_at, s.end_received_at, s.ended_by,
    s.outside_roster, s.outside_area, s.roster_entry_id, e.on_from, e.on_to, a.code AS area, a.name AS area_name
  FROM shift s
  JOIN organisation o ON o.id = s.organisation_id
  LEFT JOIN duty_people_v1() n ON n.account_id = s.account_id
  LEFT JOIN team t ON t.id = s.team_id
  LEFT JOIN roster_entry e ON e.id = s.roster_entry_id
  LEFT JOIN duty_area a ON a.id = e.duty_area_id;
GRANT SELECT ON shift_told TO {SERVER_ROLE};
COMMENT ON VIEW shift_told IS 'shifts with the names of what they speak of, as far as the asker may see them';
""")


def _spans() -> None:
    run("""
-- When an account was on duty, as far as it touches a period; a shift that nobody ended lasts to its limit.
CREATE FUNCTION shift_spans_v1(p_account uuid, p_from timestamptz, p_to timestamptz)
RETURNS TABLE (shift_id uuid, starts timestamptz, ends timestamptz) LANGUAGE sql STABLE AS $$
  SELECT s.id, s.started_at, coalesce(s.ended_at, s.limit_at) FROM shift s
  WHERE s.account_id = p_account AND s.started_at <= p_to AND coalesce(s.ended_at, s.limit_at) >= p_from
  ORDER BY s.started_at
$$;

-- Who is on duty at a moment. Rights are the caller's: a function of the owner sees everybody.
CREATE FUNCTION on_duty_v1(p_at timestamptz)
RETURNS TABLE (account_id uuid, shift_id uuid, started_at timestamptz, outside_roster boolean) LANGUAGE sql STABLE AS $$
  SELECT s.account_id, s.id, s.started_at, s.outside_roster FROM shift s
  WHERE s.started_at <= p_at AND s.limit_at > p_at AND coalesce(s.ended_at, s.limit_at) > p_at
$$;
""")


def _shifts() -> None:
    run("""
-- Begins a shift of who asks; says what came of it and of which shift:
--   started, same (told before), taken (the id is another shift's), open (another one goes on), overlaps (one had not ended).
--   p_claimed: the phone said when. p_day: the local day of the start.
--   p_limits: max_h, early_min (so long before a roster entry begins it is already kept). p_spot: lon, lat (WGS-84),
--   accuracy_m, or null: looked at here and kept nowhere.
CREATE FUNCTION shift_start_v1(p_shift uuid, p_started timestamptz, p_claimed boolean, p_received timestamptz, p_day date,
  p_limits jsonb, p_spot jsonb)
RETURNS TABLE (outcome text, shift_id uuid) LANGUAGE plpgsql AS $$
DECLARE
  told record;
  entry record;
  v_rostered boolean;
  v_outside boolean;
  v_team bigint;
BEGIN
  -- One at a time for an account: two phones that start side by side are told of each other.
  PERFORM pg_advisory_xact_lock(hashtext('shift'), hashtext(current_account()::text));
  SELECT s.id, s.account_id, s.started_at INTO told FROM shift s WHERE s.id = p_shift;
  IF FOUND THEN
    RETURN QUERY SELECT CASE WHEN told.account_id = current_account() AND (told.started_at = p_started OR NOT p_claimed)
      THEN 'same' ELSE 'taken' END, CASE WHEN told.account_id = current_account() THEN told.id END;
    RETURN;
  END IF;
  SELECT s.id, s.ended_at INTO told FROM shift_spans_v1(current_account(), p_started, p_started) span
  JOIN shift s ON s.id = span.shift_id
  WHERE span.starts = p_started OR span.ends > p_started;
  IF FOUND THEN
    RETURN QUERY SELECT CASE WHEN told.ended_at IS NULL THEN 'open' ELSE 'overlaps' END, told.id;
    RETURN;
  END IF;
  SELECT e.id, e.team_id, e.duty_area_id INTO entry FROM roster_entry e
  WHERE e.account_id = current_account() AND e.replaced_by IS NULL
    AND e.on_from - make_interval(mins => CAST(p_limits ->> 'early_min' AS integer)) <= p_started AND e.on_to > p_started
  ORDER BY e.on_from LIMIT 1;
  v_rostered := EXISTS (SELECT 1 FROM roster r WHERE r.organisation_id = current_organisation() AND r.days @> p_day);
  SELECT NOT ST_DWithin(a.geom_m, to_metric(ST_SetSRID(ST_MakePoint(CAST(p_spot ->> 'lon' AS double precision),
      CAST(p_spot ->> 'lat' AS double precision)), 4326)), CAST(p_spot ->> 'accuracy_m' AS double precision))
  INTO v_outside FROM duty_area a WHERE a.id = entry.duty_area_id;
  SELECT min(m.team_id) INTO v_team FROM team_member m
  WHERE m.account_id = current_account() AND m.valid @> p_day HAVING count(*) = 1;
  INSERT INTO shift (id, account_id, organisation_id, team_id, roster_entry_id, outside_roster, outside_area, started_at,
    start_received_at, limit_at)
  SELECT p_shift, current_account(), current_organisation(), coalesce(entry.team_id, v_team), entry.id,
    v_rostered AND entry.id IS NULL, v_outside, p_started, p_received,
    least(p_started + make_interval(hours => CAST(p_limits ->> 'max_h' AS integer)),
      (SELECT min(s.started_at) FROM shift s WHERE s.account_id = current_account() AND s.started_at > p_started));
  RETURN QUERY SELECT 'started', p_shift;
END $$;

-- Ends a shift of who asks, or one of their scope for a dispatcher or zone manager; null: the one that goes on.
-- Says: ended, same (told before), told (another end was told before), early (before it began), missing.
CREATE FUNCTION shift_end_v1(p_shift uuid, p_ended timestamptz, p_claimed boolean, p_received timestamptz)
RETURNS TABLE (outcome text, shift_id uuid) LANGUAGE plpgsql AS $$
DECLARE
  ending record;
  told record;
  v_by text;
  v_at timestamptz;
BEGIN
  SELECT s.id, s.account_id, s.started_at, s.limit_at, s.ended_at INTO ending FROM shift s
  WHERE (s.id = p_shift OR (p_shift IS NULL AND s.account_id = current_account() AND s.ended_at IS NULL
      AND s.limit_at > p_received))
    AND (s.account_id = current_account()
      OR (asks_as('dispatcher', 'zone_manager') AND may_see(s.organisation_id, s.account_id)))
  ORDER BY s.started_at DESC LIMIT 1 FOR UPDATE;
  IF NOT FOUND THEN
    RETURN QUERY SELECT 'missing', CAST(NULL AS uuid);
    RETURN;
  END IF;
  v_by := CASE WHEN ending.account_id = current_account() THEN 'officer' ELSE 'dispatcher' END;
  SELECT e.ended_at INTO told FROM shift_end e WHERE e.shift_id = ending.id AND e.ended_by = v_by;
  IF FOUND THEN
    RETURN QUERY SELECT CASE WHEN told.ended_at = p_ended OR NOT p_claimed THEN 'same' ELSE 'told' END, ending.id;
    RETURN;
  ELSIF p_ended < ending.started_at THEN
    RETURN QUERY SELECT 'early', ending.id;
    RETURN;
  END IF;
  INSERT INTO shift_end (shift_id, ended_by, account_id, ended_at, received_at)
  VALUES (ending.id, v_by, current_account(), p_ended, p_received);
  v_at := least(p_ended, ending.limit_at);
  UPDATE shift s SET ended_at = v_at, end_received_at = p_received,
    ended_by = CASE WHEN p_ended < ending.limit_at THEN v_by ELSE 'limit' END
  WHERE s.id = ending.id AND (s.ended_at IS NULL OR s.ended_at > v_at);
  RETURN QUERY SELECT 'ended', ending.id;
END $$;

-- Ends what nobody ended, at its limit; returns how many.
CREATE FUNCTION shifts_end_due_v1(p_at timestamptz, p_rows integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  ended integer;
BEGIN
  UPDATE shift SET ended_at = limit_at, end_received_at = p_at, ended_by = 'limit'
  WHERE id IN (SELECT s.id FROM shift s WHERE s.ended_at IS NULL AND s.limit_at <= p_at
    ORDER BY s.limit_at LIMIT p_rows FOR UPDATE SKIP LOCKED);
  GET DIAGNOSTICS ended = ROW_COUNT;
  RETURN ended;
END $$;
""")


def _marks() -> None:
    run("""
-- Keeps that a place was inspected or served. p_said: zone_kind, zone, kind, at, claimed, note. p_day: local day of `at`.
-- Says: new, same (told before), taken (the id is another mark's), zone (no such zone that day).
CREATE FUNCTION visit_mark_put_v1(p_mark uuid, p_said jsonb, p_received timestamptz, p_day date)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  told record;
  v_at timestamptz := CAST(p_said ->> 'at' AS timestamptz);
  v_zone bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('visit_mark'), hashtext(p_mark::text));
  SELECT m.account_id, m.kind, m.at, m.note, z.kind AS zone_kind, z.code INTO told
  FROM visit_mark m JOIN zone z ON z.id = m.zone_id WHERE m.id = p_mark;
  IF FOUND THEN
    RETURN CASE WHEN told.account_id = current_account()
      AND (told.kind, told.note, told.zone_kind, told.code)
        IS NOT DISTINCT FROM (p_said ->> 'kind', p_said ->> 'note', p_said ->> 'zone_kind', p_said ->> 'zone')
      AND (told.at = v_at OR NOT CAST(p_said ->> 'claimed' AS boolean)) THEN 'same' ELSE 'taken' END;
  END IF;
  SELECT z.id INTO v_zone FROM zone z
  WHERE z.kind = p_said ->> 'zone_kind' AND z.code = p_said ->> 'zone' AND z.valid @> p_day;
  IF NOT FOUND THEN
    RETURN 'zone';
  END IF;
  INSERT INTO visit_mark (id, account_id, organisation_id, shift_id, zone_id, kind, at, note, received_at)
  SELECT p_mark, current_account(), current_organisation(),
    (SELECT s.shift_id FROM shift_spans_v1(current_account(), v_at, v_at) s ORDER BY s.starts DESC LIMIT 1),
    v_zone, p_said ->> 'kind', v_at, p_said ->> 'note', p_received;
  RETURN 'new';
END $$;
""")


def downgrade() -> None:
    run(f"DROP FUNCTION officers_for_case_v1({OF_OFFICERS})")
    run("DROP VIEW shift_told")
    for name, arguments in (DEFINERS | FOR_THE_WORKER).items():
        if name != "officers_for_case_v1":
            run(f"DROP FUNCTION {name}({arguments})")
    run("""
DROP FUNCTION teams_put(uuid, jsonb, date);
DROP FUNCTION teams_told(uuid, jsonb);
DROP FUNCTION duty_areas_put(uuid, jsonb, date, timestamptz);
DROP FUNCTION duty_ground(jsonb, date, uuid);
DROP FUNCTION duty_street_of(text, uuid);
DROP FUNCTION on_duty_v1(timestamptz);
DROP FUNCTION shift_spans_v1(uuid, timestamptz, timestamptz);
DROP TABLE visit_mark;
DROP TABLE shift_end;
DROP TABLE shift;
DROP FUNCTION shift_keeps();
DROP TABLE roster_entry;
DROP TABLE roster;
DROP TABLE duty_area;
DROP TABLE team_member;
DROP TABLE team;
""")
    run(duty.OFFICERS_BEFORE)
    definer("officers_for_case_v1", OF_OFFICERS)
