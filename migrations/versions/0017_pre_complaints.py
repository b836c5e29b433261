"""Complaints of citizens with their call-backs, likeness of photos, candidates for duplicates, and suggested officers.

Who complained is read through one function that notes every look; so is where an officer was.
"""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, append_only, definer, run, secure

revision = "0017"
down_revision = "0016"

APPEND_ONLY = ("complaint", "complaint_person", "complaint_access", "complaint_callback", "position_look")
DEFINERS = {
    "complaint_taken_v1": "uuid",
    "complaint_open_v1": "text, uuid, text, text, double precision, double precision, timestamptz, text, text",
    "complaint_put_v1": "uuid, uuid, jsonb, json, json, text, text",
    "complaint_person_v1": "uuid, text, timestamptz",
    "complaint_call_v1": "uuid, timestamptz, boolean, integer, text, text[]",
    "complaint_calls_v1": "uuid",
    "cases_alike_v1": "geometry, double precision, text[]",
    "case_duplicates_v1": "uuid, double precision, timestamptz, text[], text[], integer",
    "officers_for_case_v1": "uuid, timestamptz, timestamptz, text[], jsonb, integer",
}
OF_A_COMPLAINT = "EXISTS (SELECT 1 FROM complaint c WHERE c.id = complaint_id)"
OF_OURS = (
    "EXISTS (SELECT 1 FROM complaint c WHERE c.id = complaint_id AND may_see(c.organisation_id, c.taken_by))"
)


def upgrade() -> None:
    _tables()
    _rights()
    _complaints()
    _calls()
    _likeness()
    _duplicates()
    _officers()
    for name, arguments in DEFINERS.items():
        definer(name, arguments)


def _tables() -> None:
    run("""
CREATE TABLE complaint (
  id uuid CONSTRAINT complaint_pkey PRIMARY KEY,
  case_id uuid NOT NULL CONSTRAINT complaint_case_id_fkey REFERENCES case_file (id),
  relation text NOT NULL CONSTRAINT complaint_relation_known CHECK (relation IN ('opened', 'attached', 'corrected')),
  corrects uuid CONSTRAINT complaint_corrects_fkey REFERENCES complaint (id)
    CONSTRAINT complaint_corrected_once UNIQUE,
  because json NOT NULL,
  channel text NOT NULL CONSTRAINT complaint_channel_known CHECK (channel IN ('phone_12345', 'petition', 'web', 'walk_in')),
  external_number text,
  made_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL,
  taken_by uuid NOT NULL CONSTRAINT complaint_taken_by_fkey REFERENCES account (id),
  organisation_id uuid NOT NULL CONSTRAINT complaint_organisation_id_fkey REFERENCES organisation (id),
  matter text NOT NULL,
  category text,
  address text,
  zone_hint text,
  place geometry(Point, 4326) NOT NULL CONSTRAINT complaint_place_is_place CHECK (NOT ST_IsEmpty(place)
    AND ST_X(place) BETWEEN -180 AND 180 AND ST_Y(place) BETWEEN -90 AND 90),
  sent_lon double precision NOT NULL CONSTRAINT complaint_sent_lon_range CHECK (sent_lon BETWEEN -180 AND 180),
  sent_lat double precision NOT NULL CONSTRAINT complaint_sent_lat_range CHECK (sent_lat BETWEEN -90 AND 90),
  datum text NOT NULL CONSTRAINT complaint_datum_known CHECK (datum IN ('wgs84', 'cgcs2000', 'gcj02', 'bd09')),
  accuracy_m double precision NOT NULL CONSTRAINT complaint_accuracy_m_range CHECK (accuracy_m BETWEEN 0 AND 100000),
  judged_on date NOT NULL,
  township_code text,
  zone_codes text[] NOT NULL,
  match json NOT NULL,
  routing json NOT NULL,
  callback_wished boolean NOT NULL,
  commitment text NOT NULL CONSTRAINT complaint_commitment_form CHECK (commitment ~ '^[0-9a-f]{64}$'),
  CONSTRAINT complaint_relation_whole CHECK ((relation = 'corrected') = (corrects IS NOT NULL))
);
COMMENT ON COLUMN complaint.matter IS 'what was said, with the complainant''s name, numbers and address masked';
COMMENT ON COLUMN complaint.commitment IS 'SHA-256 of salt and payload of complaint_person: proves them and tells nothing of them';
CREATE INDEX complaint_list ON complaint (recorded_at DESC, id DESC);
CREATE INDEX complaint_of_case ON complaint (case_id);
CREATE INDEX complaint_external_number ON complaint (external_number);
CREATE INDEX complaint_zone_codes ON complaint USING gin (zone_codes);

CREATE TABLE complaint_person (
  complaint_id uuid CONSTRAINT complaint_person_pkey PRIMARY KEY
    CONSTRAINT complaint_person_complaint_id_fkey REFERENCES complaint (id),
  salt text NOT NULL CONSTRAINT complaint_person_salt_form CHECK (salt ~ '^[0-9a-f]{64}$'),
  payload text NOT NULL
);
COMMENT ON COLUMN complaint_person.payload IS 'the complaint as received, complainant included, as canonical JSON (RFC 8785)';

CREATE TABLE complaint_access (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT complaint_access_pkey PRIMARY KEY,
  complaint_id uuid NOT NULL CONSTRAINT complaint_access_complaint_id_fkey REFERENCES complaint (id),
  account_id uuid NOT NULL CONSTRAINT complaint_access_account_id_fkey REFERENCES account (id),
  looked_at timestamptz NOT NULL,
  why text NOT NULL CONSTRAINT complaint_access_why_known
    CHECK (why IN ('callback', 'inquiry', 'correction', 'supervision'))
);
CREATE INDEX complaint_access_of_complaint ON complaint_access (complaint_id, id DESC);

CREATE TABLE complaint_callback (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT complaint_callback_pkey PRIMARY KEY,
  complaint_id uuid NOT NULL CONSTRAINT complaint_callback_complaint_id_fkey REFERENCES complaint (id),
  account_id uuid NOT NULL CONSTRAINT complaint_callback_account_id_fkey REFERENCES account (id),
  called_at timestamptz NOT NULL,
  reached boolean NOT NULL,
  satisfaction integer CONSTRAINT complaint_callback_satisfaction_range CHECK (satisfaction BETWEEN 1 AND 5),
  note text,
  CONSTRAINT complaint_callback_satisfaction_said CHECK (satisfaction IS NULL OR reached)
);
CREATE INDEX complaint_callback_of_complaint ON complaint_callback (complaint_id, id DESC);

CREATE TABLE photo_likeness (
  sha256 text CONSTRAINT photo_likeness_pkey PRIMARY KEY
    CONSTRAINT photo_likeness_sha256_fkey REFERENCES photo (sha256),
  bits bit(128) NOT NULL
);
COMMENT ON COLUMN photo_likeness.bits IS
  'whether each of 8 x 8 fields is brighter than its left and its upper neighbour: photos of one thing differ in few bits';

CREATE TABLE position_look (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT position_look_pkey PRIMARY KEY,
  looked_by uuid NOT NULL CONSTRAINT position_look_looked_by_fkey REFERENCES account (id),
  account_id uuid NOT NULL CONSTRAINT position_look_account_id_fkey REFERENCES account (id),
  case_id uuid NOT NULL CONSTRAINT position_look_case_id_fkey REFERENCES case_file (id),
  why text NOT NULL CONSTRAINT position_look_why_known CHECK (why IN ('case_suggestion')),
  looked_at timestamptz NOT NULL
);
CREATE INDEX position_look_of_account ON position_look (account_id, id DESC);
""")


def _rights() -> None:
    append_only(APPEND_ONLY)
    run("""
-- Whether the account that asks has one of these roles now.
CREATE FUNCTION asks_as(VARIADIC p_roles text[]) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT EXISTS (SELECT 1 FROM public.account a WHERE a.id = public.current_account() AND a.role = ANY (p_roles)) $$;
""")
    secure("complaint", read="EXISTS (SELECT 1 FROM case_file c WHERE c.id = case_id)")
    secure("complaint_person", read=f"asks_as('intake') AND {OF_OURS}")
    secure("complaint_access", read=f"asks_as('intake', 'admin') AND {OF_OURS}")
    secure("complaint_callback", read=OF_A_COMPLAINT)
    secure(
        "photo_likeness", read="EXISTS (SELECT 1 FROM photo_arrival a WHERE a.sha256 = photo_likeness.sha256)"
    )
    secure("position_look", read="account_id = current_account()")
    # A row one may see still does not show who complained, nor what was said on the telephone.
    for table, columns in (
        ("complaint_person", "complaint_id"),
        ("complaint_callback", "id, complaint_id, account_id, called_at, reached, satisfaction"),
    ):
        run(f"REVOKE SELECT ON {table} FROM {SERVER_ROLE}")
        run(f"GRANT SELECT ({columns}) ON {table} TO {SERVER_ROLE}")


def _complaints() -> None:
    run("""
-- Whose id this is already. Whoever asks next for the same id waits here until the one before is committed.
CREATE FUNCTION complaint_taken_v1(p_complaint uuid) RETURNS TABLE (mine boolean, commitment text, salt text)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('complaint ' || p_complaint::text, 17));
  RETURN QUERY SELECT c.taken_by = current_account(), c.commitment,
      CASE WHEN c.taken_by = current_account() THEN p.salt END
    FROM complaint c JOIN complaint_person p ON p.complaint_id = c.id WHERE c.id = p_complaint;
END $$;

-- Opens a case as case_open_v1 does, with the complaint for its first entry.
CREATE FUNCTION complaint_open_v1(p_prefix text, p_organisation uuid, p_township text, p_category text,
  p_lon double precision, p_lat double precision, p_opened timestamptz, p_reason text, p_body text)
RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  new_id uuid := gen_random_uuid();
  new_number text := p_prefix || '-' || lpad(nextval('case_number_seq')::text, 6, '0');
  entered_at timestamptz := clock_timestamp();
  first_hash text := ledger_hash('', new_id, 1, entered_at, current_account(), 'complaint.received', p_body);
BEGIN
  INSERT INTO case_file (id, number, state, organisation_id, township_code, category, place, reporter_id, opened_at,
    ledger_seq, ledger_head)
  VALUES (new_id, new_number, 'reported', p_organisation, p_township, p_category,
    ST_SetSRID(ST_MakePoint(p_lon, p_lat), 4326), current_account(), p_opened, 1, first_hash);
  INSERT INTO ledger (case_id, seq, recorded_at, actor_id, action, body, prev_hash, hash)
  VALUES (new_id, 1, entered_at, current_account(), 'complaint.received', p_body, '', first_hash);
  INSERT INTO inbox_entry (organisation_id, case_id, kind, reason)
  VALUES (p_organisation, new_id, 'case.opened', p_reason);
  PERFORM outbox_put_v1('case.opened', 'case.opened:' || new_id::text, p_organisation,
    jsonb_build_object('case', new_number, 'reason', p_reason));
  RETURN new_id;
END $$;

-- Keeps one complaint beside its case, and who complained where only intake finds it.
CREATE FUNCTION complaint_put_v1(p_complaint uuid, p_case uuid, p_said jsonb, p_match json, p_routing json, p_salt text,
  p_payload text)
RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
  IF NOT asks_as('intake') OR NOT EXISTS (
    SELECT 1 FROM case_file c WHERE c.id = p_case AND may_see(c.organisation_id, c.reporter_id))
  THEN
    RAISE EXCEPTION 'only intake takes complaints, of cases it may see'
      USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'complaint_taker';
  END IF;
  INSERT INTO complaint (id, case_id, relation, corrects, because, channel, external_number, made_at, recorded_at,
    taken_by, organisation_id, matter, category, address, zone_hint, place, sent_lon, sent_lat, datum, accuracy_m,
    judged_on, township_code, zone_codes, match, routing, callback_wished, commitment)
  SELECT p_complaint, p_case, s.relation, s.corrects, s.because, s.channel, s.external_number, s.made_at, s.recorded_at,
    current_account(), current_organisation(), s.matter, s.category, s.address, s.zone_hint,
    ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4326), s.sent_lon, s.sent_lat, s.datum, s.accuracy_m, s.judged_on,
    s.township_code, s.zone_codes, p_match, p_routing, s.callback_wished, s.commitment
  FROM jsonb_to_record(p_said) AS s (relation text, corrects uuid, because json, channel text, external_number text,
    made_at timestamptz, recorded_at timestamptz, matter text, category text, address text, zone_hint text,
    lon double precision, lat double precision, sent_lon double precision, sent_lat double precision, datum text,
    accuracy_m double precision, judged_on date, township_code text, zone_codes text[], callback_wished boolean,
    commitment text);
  INSERT INTO complaint_person (complaint_id, salt, payload) VALUES (p_complaint, p_salt, p_payload);
  RETURN p_complaint;
END $$;

-- Who complained, for intake of the body that took it, and never without a note of who looked, when and why.
CREATE FUNCTION complaint_person_v1(p_complaint uuid, p_why text, p_at timestamptz) RETURNS SETOF text
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT asks_as('intake') OR NOT EXISTS (
    SELECT 1 FROM complaint c JOIN case_file f ON f.id = c.case_id
    WHERE c.id = p_complaint AND may_see(c.organisation_id, c.taken_by) AND may_see(f.organisation_id, f.reporter_id))
  THEN
    RETURN;
  END IF;
  INSERT INTO complaint_access (complaint_id, account_id, looked_at, why)
  VALUES (p_complaint, current_account(), p_at, p_why);
  RETURN QUERY SELECT p.payload FROM complaint_person p WHERE p.complaint_id = p_complaint;
END $$;
""")


def _calls() -> None:
    run(f"""
-- The case that work goes on in: the one a case was merged into, and so on.
CREATE FUNCTION case_survivor_v1(p_case uuid) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
  here uuid := p_case;
  surviving uuid;
BEGIN
  FOR step IN 1..20 LOOP
    SELECT c.merged_into INTO surviving FROM case_file c WHERE c.id = here;
    EXIT WHEN surviving IS NULL;
    here := surviving;
  END LOOP;
  RETURN here;
END $$;

-- Notes one call. Says 'absent' for what the asker may not see, 'corrected' when a newer complaint stands for this one,
-- 'early' while the case is open, 'called' when the complainant was reached before.
CREATE FUNCTION complaint_call_v1(p_complaint uuid, p_at timestamptz, p_reached boolean, p_satisfaction integer,
  p_note text, p_ends text[])
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  of_case uuid;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('complaint ' || p_complaint::text, 17));
  SELECT c.case_id INTO of_case FROM complaint c JOIN case_file f ON f.id = c.case_id
  WHERE c.id = p_complaint AND asks_as('intake') AND may_see(c.organisation_id, c.taken_by)
    AND may_see(f.organisation_id, f.reporter_id);
  IF NOT FOUND THEN
    RETURN 'absent';
  ELSIF EXISTS (SELECT 1 FROM complaint c WHERE c.corrects = p_complaint) THEN
    RETURN 'corrected';
  ELSIF EXISTS (SELECT 1 FROM complaint_callback b WHERE b.complaint_id = p_complaint AND b.reached) THEN
    RETURN 'called';
  ELSIF NOT EXISTS (SELECT 1 FROM case_file f WHERE f.id = case_survivor_v1(of_case) AND f.state = ANY (p_ends)) THEN
    RETURN 'early';
  END IF;
  INSERT INTO complaint_callback (complaint_id, account_id, called_at, reached, satisfaction, note)
  VALUES (p_complaint, current_account(), p_at, p_reached, p_satisfaction, p_note);
  RETURN 'noted';
END $$;

-- The calls of a complaint with what was said in them, for intake of the body that took it.
CREATE FUNCTION complaint_calls_v1(p_complaint uuid)
RETURNS TABLE (called_at timestamptz, reached boolean, satisfaction integer, note text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT b.called_at, b.reached, b.satisfaction, b.note
    FROM complaint_callback b JOIN complaint c ON c.id = b.complaint_id
    WHERE b.complaint_id = p_complaint AND asks_as('intake') AND may_see(c.organisation_id, c.taken_by)
    ORDER BY b.id;
END $$;

-- What became of each complaint, without anybody's name: for indicators. Corrected ones are left to their corrections.
CREATE VIEW complaint_outcome WITH (security_invoker = true, security_barrier = true) AS
SELECT k.id AS complaint_id, k.case_id, f.number AS case_number, f.state AS case_state, f.category, k.channel,
  f.township_code, f.organisation_id, k.relation, k.made_at, k.recorded_at, k.callback_wished,
  (SELECT count(*) FROM complaint_callback b WHERE b.complaint_id = k.id) AS calls,
  answered.called_at AS reached_at, answered.satisfaction
FROM complaint k
JOIN case_file f ON f.id = k.case_id
LEFT JOIN LATERAL (
  SELECT b.called_at, b.satisfaction FROM complaint_callback b WHERE b.complaint_id = k.id AND b.reached
  ORDER BY b.id DESC LIMIT 1) answered ON true
WHERE NOT EXISTS (SELECT 1 FROM complaint n WHERE n.corrects = k.id);
GRANT SELECT ON complaint_outcome TO {SERVER_ROLE};
""")


def _likeness() -> None:
    run("""
CREATE FUNCTION photo_likeness_put_v1(p_sha256 text, p_bits text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO photo_likeness (sha256, bits) SELECT p.sha256, CAST(p_bits AS bit(128)) FROM photo p WHERE p.sha256 = p_sha256
  ON CONFLICT DO NOTHING;
END $$;
-- Whether a photo is here that has none yet: the job that makes small pictures asks.
CREATE FUNCTION photo_likeness_wanted_v1(p_sha256 text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM photo p WHERE p.sha256 = p_sha256)
    AND NOT EXISTS (SELECT 1 FROM photo_likeness l WHERE l.sha256 = p_sha256);
END $$;
-- Photos of before get theirs from the job that makes small pictures, which makes what is missing.
SELECT count(job_put_v1('make_thumbnail', jsonb_build_object('sha256', p.sha256))) FROM photo p;
""")
    for name, arguments in (("photo_likeness_put_v1", "text, text"), ("photo_likeness_wanted_v1", "text")):
        definer(name, arguments)
        run(f"REVOKE EXECUTE ON FUNCTION {name}({arguments}) FROM {SERVER_ROLE}")
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")


def _duplicates() -> None:
    run("""
-- Cases the asker may see that lie within a radius of a place, or that a report or complaint put into one of these zones.
-- With its owner's rights, because a policy keeps an index on places from use; the rule of sight stands in it.
CREATE FUNCTION cases_alike_v1(p_place geometry, p_radius_m double precision, p_zones text[])
RETURNS TABLE (case_id uuid, distance_m double precision, zone text) LANGUAGE plpgsql STABLE AS $$
DECLARE
  here geometry := to_metric(p_place);
  around geometry := ST_Transform(ST_Expand(to_metric(p_place), p_radius_m), 4326);
BEGIN
  RETURN QUERY
  WITH found AS (
    SELECT c.id FROM case_file c WHERE c.place && around
    UNION
    SELECT cr.case_id FROM report r JOIN case_report cr ON cr.report_id = r.id WHERE r.zone_codes && p_zones
    UNION
    SELECT k.case_id FROM complaint k WHERE k.zone_codes && p_zones)
  SELECT c.id, ST_Distance(to_metric(c.place), here) AS apart_m, shared.zone
  FROM found f
  JOIN case_file c ON c.id = f.id
  LEFT JOIN LATERAL (
    SELECT min(z.code) AS zone
    FROM (SELECT unnest(r.zone_codes) AS code FROM report r JOIN case_report cr ON cr.report_id = r.id
      WHERE cr.case_id = c.id
      UNION ALL SELECT unnest(k.zone_codes) FROM complaint k WHERE k.case_id = c.id) z
    WHERE z.code = ANY (p_zones)) shared ON true
  WHERE may_see(c.organisation_id, c.reporter_id)
    AND (shared.zone IS NOT NULL OR ST_DWithin(to_metric(c.place), here, p_radius_m));
END $$;

-- What could be the same thing as a case: open ones, and those that ended lately, with what speaks for it.
CREATE FUNCTION case_duplicates_v1(p_case uuid, p_radius_m double precision, p_ended_since timestamptz, p_ends text[],
  p_kinds text[], p_rows integer)
RETURNS TABLE (number text, state text, category text, parent text, opened_at timestamptz, distance_m double precision,
  zone text, bits_apart integer, same_photo boolean) LANGUAGE plpgsql STABLE AS $$
DECLARE
  of_case record;
  zones text[];
BEGIN
  SELECT c.id, c.place, c.opened_at INTO of_case FROM case_file c
  WHERE c.id = p_case AND may_see(c.organisation_id, c.reporter_id);
  IF NOT FOUND THEN
    RETURN;
  END IF;
  zones := ARRAY(
    SELECT DISTINCT z.code
    FROM (SELECT unnest(r.zone_codes) AS code FROM report r JOIN case_report cr ON cr.report_id = r.id
      WHERE cr.case_id = p_case
      UNION ALL SELECT unnest(k.zone_codes) FROM complaint k WHERE k.case_id = p_case) z
    WHERE EXISTS (SELECT 1 FROM zone o WHERE o.kind = ANY (p_kinds) AND o.code = z.code));
  RETURN QUERY
  WITH own_photo AS (
    SELECT p.sha256, l.bits FROM case_report cr JOIN report_photo p ON p.report_id = cr.report_id
    LEFT JOIN photo_likeness l ON l.sha256 = p.sha256
    WHERE cr.case_id = p_case AND p.role IN ('scene', 'before'))
  SELECT c.number, c.state, c.category,
    (SELECT k.parent FROM category k WHERE k.code = c.category AND k.valid @> CAST(c.opened_at AS date) LIMIT 1),
    c.opened_at, a.distance_m, a.zone, alike.bits_apart, coalesce(alike.same_photo, false)
  FROM cases_alike_v1(of_case.place, p_radius_m, zones) a
  JOIN case_file c ON c.id = a.case_id
  LEFT JOIN LATERAL (
    SELECT CAST(min(bit_count(o.bits # l.bits)) AS integer) AS bits_apart, bool_or(o.sha256 = p.sha256) AS same_photo
    FROM own_photo o
    CROSS JOIN case_report cr
    JOIN report_photo p ON p.report_id = cr.report_id AND p.role IN ('scene', 'before')
    LEFT JOIN photo_likeness l ON l.sha256 = p.sha256
    WHERE cr.case_id = c.id) alike ON true
  WHERE c.id <> p_case AND c.state <> 'merged'
    AND (c.state <> ALL (p_ends) OR coalesce(c.closed_at, c.opened_at) >= p_ended_since)
  ORDER BY a.distance_m, c.number
  LIMIT p_rows;
END $$;
""")


def _officers() -> None:
    run("""
-- Officers who could go to a case, cheapest first, each cost in metres of way. Where somebody was is shown to a
-- dispatcher only, of people of their own scope, and every position shown is noted with the case it was shown for.
CREATE FUNCTION officers_for_case_v1(p_case uuid, p_at timestamptz, p_fix_since timestamptz, p_ends text[],
  p_weights jsonb, p_rows integer)
RETURNS TABLE (account_id uuid, username text, display_name text, role text, body_code text, body_name text,
  area text, lon double precision, lat double precision, fixed_at timestamptz, distance_m double precision,
  open_cases bigint, cost_m double precision) LANGUAGE plpgsql AS $$
DECLARE
  of_case record;
BEGIN
  SELECT c.id, to_metric(c.place) AS here, c.township_code INTO of_case FROM case_file c
  WHERE c.id = p_case AND asks_as('dispatcher') AND may_see(c.organisation_id, c.reporter_id);
  IF NOT FOUND THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH officer AS (
    SELECT a.id, a.username, a.display_name, a.role, o.code, o.body_name,
      CASE WHEN o.kind = 'district' THEN 'district' WHEN o.code = of_case.township_code THEN 'own' ELSE 'other' END AS area,
      fix.place, fix.captured_at, ST_Distance(to_metric(fix.place), of_case.here) AS apart_m,
      (SELECT count(*) FROM case_file w WHERE w.handler_id = a.id AND w.state <> ALL (p_ends)) AS busy
    FROM account a
    JOIN organisation o ON o.id = a.organisation_id
    LEFT JOIN LATERAL (
      SELECT r.place, r.captured_at FROM report r
      WHERE r.officer_id = a.id AND r.captured_at > p_fix_since AND r.captured_at <= p_at
      ORDER BY r.captured_at DESC LIMIT 1) fix ON true
    WHERE a.role IN ('officer', 'handler') AND a.disabled_at IS NULL AND may_see(a.organisation_id, a.id)
  ), priced AS (
    SELECT officer.*,
      coalesce(
        officer.apart_m
          + extract(epoch FROM p_at - officer.captured_at) / 3600 * CAST(p_weights ->> 'age_m_per_h' AS double precision),
        CAST(p_weights ->> 'unknown_m' AS double precision))
      + officer.busy * CAST(p_weights ->> 'case_m' AS double precision)
      + CASE officer.area WHEN 'other' THEN CAST(p_weights ->> 'other_area_m' AS double precision) ELSE 0 END AS cost
    FROM officer
    ORDER BY cost, officer.username
    LIMIT p_rows
  ), looked AS (
    INSERT INTO position_look (looked_by, account_id, case_id, why, looked_at)
    SELECT current_account(), priced.id, p_case, 'case_suggestion', p_at FROM priced WHERE priced.place IS NOT NULL
  )
  SELECT p.id, p.username, p.display_name, p.role, p.code, p.body_name, p.area, ST_X(p.place), ST_Y(p.place),
    p.captured_at, p.apart_m, p.busy, p.cost
  FROM priced p ORDER BY p.cost, p.username;
END $$;
""")


def downgrade() -> None:
    for name, arguments in DEFINERS.items():
        run(f"DROP FUNCTION {name}({arguments})")
    run("""
DROP VIEW complaint_outcome;
DROP FUNCTION photo_likeness_wanted_v1(text);
DROP FUNCTION photo_likeness_put_v1(text, text);
DROP FUNCTION case_survivor_v1(uuid);
DROP TABLE position_look;
DROP TABLE photo_likeness;
DROP TABLE complaint_callback;
DROP TABLE complaint_access;
DROP TABLE complaint_person;
DROP TABLE complaint;
DROP FUNCTION asks_as(text[]);
""")
