"""Covering: fronts, what was seen of them, visits, and coverage by day and week; what the worker does with what arrived."""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, definer, run, secure

revision = "0026"
down_revision = "0025"

PATROLLED = "'frontage', 'parking', 'site', 'service_point'"
# Asked once a statement, not once a row: a map reads a hundred thousand of them.
OF_DISTRICT = "(SELECT o.kind FROM organisation o WHERE o.id = current_organisation()) = 'district'"
OWN_CODE = "(SELECT o.code FROM organisation o WHERE o.id = current_organisation())"
FRONT_SEEN = f"{OF_DISTRICT} OR township_code = {OWN_CODE}"
COVERAGE_SEEN = (
    f"{OF_DISTRICT} OR zone_id IN (SELECT f.zone_id FROM patrol_front f WHERE f.township_code = {OWN_CODE})"
)
OWN = "account_id = (SELECT current_account())"
MANAGES = "(SELECT may_manage_zones_v1())"

MERGE = (
    "text, bigint[], uuid[], bigint[], double precision[], double precision[], double precision[], varbit[], varbit[], "
    "bigint[], double precision[], double precision[], bigint[], date[], uuid, date"
)
AROUND = (
    "bigint[], double precision[], double precision[], double precision, integer, double precision, double precision, "
    "double precision, double precision"
)
PUT = (
    "text, uuid[], bigint[], date[], uuid[], bigint[], date[], double precision[], double precision[], text[], "
    "boolean[], double precision[], double precision[], bigint[], bigint[]"
)
FOR_THE_WORKER = {
    "fronts_version_v1": "",
    "fronts_missing_v1": "integer, double precision",
    "fronts_put_v1": "bigint[], text[], bytea[], double precision[], integer[]",
    "fronts_v1": "",
    "covering_taken_v1": "integer, integer, text",
    "covering_pending_v1": "bigint[]",
    "covering_fixes_v1": "bigint[], double precision[], double precision[]",
    "covering_around_v1": AROUND,
    "local_days_closed_v1": "date, date, text",
    "covering_merge_v1": MERGE,
    "covering_put_v1": PUT,
    "coverage_recount_v1": "text, date",
    "coverage_rebuild_accounts_v1": "uuid",
    "coverage_rebuild_take_v1": "uuid",
    "coverage_rebuild_step_v1": "uuid, date",
}
FOR_THE_SERVER = {
    "coverage_rebuild_order_v1": "uuid, date, date, uuid, timestamptz",
    "covering_behind_v1": "",
}
FOR_THE_OWNER = {
    "mark_arrived": "",
    "report_arrived": "",
    "zone_marks_put": "uuid, timestamptz, timestamptz, text",
    "coverage_count": "text, bigint[], date[]",
    "officer_coverage_v1": "uuid, date, date, text",
}

TABLES = f"""
CREATE TABLE patrol_front (
  zone_id bigint CONSTRAINT patrol_front_pkey PRIMARY KEY CONSTRAINT patrol_front_zone_id_fkey REFERENCES zone (id) ON DELETE CASCADE,
  kind text NOT NULL CONSTRAINT patrol_front_kind_known CHECK (kind IN ({PATROLLED})),
  code text NOT NULL,
  version integer NOT NULL,
  township_code text,
  street text,
  length_m double precision NOT NULL CONSTRAINT patrol_front_length_m_range CHECK (length_m >= 0),
  cells integer NOT NULL CONSTRAINT patrol_front_cells_positive CHECK (cells > 0),
  axis geometry NOT NULL
);
CREATE INDEX patrol_front_township_code ON patrol_front (township_code);
CREATE INDEX patrol_front_street ON patrol_front (street);
COMMENT ON COLUMN patrol_front.axis IS 'metres: along the street through the zone version, cut into cells of about one metre';

CREATE TABLE sighting (
  device_id bigint NOT NULL,
  zone_id bigint NOT NULL,
  slot_at timestamptz NOT NULL,
  account_id uuid NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  certain varbit NOT NULL,
  probable varbit NOT NULL,
  CONSTRAINT sighting_pkey PRIMARY KEY (device_id, zone_id, slot_at)
) PARTITION BY RANGE (slot_at);
CREATE INDEX sighting_of_zone ON sighting (zone_id, slot_at);
CREATE TABLE sighting_odd PARTITION OF sighting DEFAULT;
COMMENT ON TABLE sighting IS 'which cells of a front one device saw within one slot of five minutes; worked out of fixes';

CREATE TABLE mark_arrival (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT mark_arrival_pkey PRIMARY KEY,
  account_id uuid NOT NULL,
  at timestamptz NOT NULL,
  arrived_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE mark_arrival IS 'reports and visit marks that are not yet counted as visits; gone when they are';

-- No foreign keys on what is worked out: zones are never removed, and a look at each of a walk's zones for each of three
-- rows costs more than the rows.
CREATE TABLE zone_mark (
  account_id uuid NOT NULL,
  zone_id bigint NOT NULL,
  at timestamptz NOT NULL,
  kind text NOT NULL CONSTRAINT zone_mark_kind_known CHECK (kind IN ('inspection', 'service')),
  CONSTRAINT zone_mark_pkey PRIMARY KEY (account_id, zone_id, at, kind)
);
CREATE INDEX zone_mark_of_zone ON zone_mark (zone_id, at);
CREATE INDEX zone_mark_of_account ON zone_mark (account_id, at);
COMMENT ON TABLE zone_mark IS 'where a report or a visit mark was made; worked out of them as sightings are of fixes';

CREATE TABLE visit (
  account_id uuid NOT NULL,
  zone_id bigint NOT NULL,
  day date NOT NULL,
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  kind text NOT NULL CONSTRAINT visit_kind_known CHECK (kind IN ('patrol', 'inspection', 'service')),
  certain boolean NOT NULL,
  certain_m real NOT NULL,
  probable_m real NOT NULL,
  shift_id uuid,
  CONSTRAINT visit_pkey PRIMARY KEY (account_id, zone_id, from_at, kind),
  CONSTRAINT visit_in_order CHECK (from_at <= to_at)
) WITH (fillfactor = 80);
CREATE INDEX visit_of_zone ON visit (zone_id, from_at);
CREATE INDEX visit_of_account ON visit (account_id, from_at);
COMMENT ON COLUMN visit.day IS 'local day of from_at; no visit straddles one';
COMMENT ON COLUMN visit.shift_id IS 'the last shift begun before the visit ended';

CREATE TABLE coverage_day (
  day date NOT NULL,
  zone_id bigint NOT NULL,
  certain varbit NOT NULL,
  probable varbit NOT NULL,
  certain_m real NOT NULL,
  probable_m real NOT NULL,
  visits integer NOT NULL,
  officers integer NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  CONSTRAINT coverage_day_pkey PRIMARY KEY (day, zone_id)
) WITH (fillfactor = 80);
CREATE TABLE coverage_week (
  week date NOT NULL CONSTRAINT coverage_week_is_monday CHECK (extract(isodow FROM week) = 1),
  zone_id bigint NOT NULL,
  certain varbit NOT NULL,
  probable varbit NOT NULL,
  certain_m real NOT NULL,
  probable_m real NOT NULL,
  visits integer NOT NULL,
  officers integer NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  CONSTRAINT coverage_week_pkey PRIMARY KEY (week, zone_id)
) WITH (fillfactor = 80);
-- Room on each page: a row is rewritten where it stands for as long as somebody walks by.
COMMENT ON COLUMN coverage_day.certain IS 'cells that anybody saw, too short for a visit too';

CREATE TABLE coverage_rebuild (
  id uuid CONSTRAINT coverage_rebuild_pkey PRIMARY KEY,
  from_day date NOT NULL,
  to_day date NOT NULL,
  officer_id uuid CONSTRAINT coverage_rebuild_officer_id_fkey REFERENCES account (id),
  account_id uuid NOT NULL CONSTRAINT coverage_rebuild_account_id_fkey REFERENCES account (id),
  asked_at timestamptz NOT NULL,
  state text NOT NULL CONSTRAINT coverage_rebuild_state_known CHECK (state IN ('waiting', 'running', 'done')),
  done_day date,
  ended_at timestamptz,
  CONSTRAINT coverage_rebuild_in_order CHECK (from_day <= to_day)
);
CREATE INDEX coverage_rebuild_list ON coverage_rebuild (asked_at DESC, id DESC);
COMMENT ON COLUMN coverage_rebuild.done_day IS 'days up to this one are done: where a killed worker goes on';
"""

FRONTS = f"""
-- Grows with every change of a layer that is patrolled: whoever holds fronts asks this before relying on them.
CREATE FUNCTION fronts_version_v1() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT CAST(coalesce(sum(l.version), 0) AS bigint) FROM tile_layer l WHERE l.layer IN ({PATROLLED})
$$;
-- Zone versions without a front, with their street: the one they name where it is near, else the nearest.
CREATE FUNCTION fronts_missing_v1(p_most integer, p_street_within_m double precision)
RETURNS TABLE (zone_id bigint, street text, area bytea, street_line bytea) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT z.id, coalesce(z.properties ->> 'street', s.name), ST_AsBinary(z.geom_m), ST_AsBinary(s.geom_m)
  FROM (
    SELECT o.id, o.properties, o.geom_m FROM zone o
    WHERE o.kind IN ({PATROLLED}) AND NOT EXISTS (SELECT 1 FROM patrol_front f WHERE f.zone_id = o.id)
    ORDER BY o.id LIMIT p_most) z
  LEFT JOIN LATERAL (
    SELECT t.name, t.geom_m FROM street t
    WHERE upper_inf(t.valid) AND ST_DWithin(t.geom_m, z.geom_m, p_street_within_m)
    ORDER BY (t.name = z.properties ->> 'street') DESC NULLS LAST, ST_Distance(t.geom_m, z.geom_m), t.digest
    LIMIT 1) s ON true
  ORDER BY z.id;
END $$;
CREATE FUNCTION fronts_put_v1(p_zones bigint[], p_streets text[], p_axes bytea[], p_lengths double precision[], p_cells integer[])
RETURNS void LANGUAGE sql AS $$
  INSERT INTO patrol_front (zone_id, kind, code, version, township_code, street, length_m, cells, axis)
  SELECT z.id, z.kind, z.code, z.version, z.township_code, u.street, u.length_m, u.cells,
    ST_GeomFromWKB(u.axis, metric_srid())
  FROM unnest(p_zones, p_streets, p_axes, p_lengths, p_cells) AS u (zone, street, axis, length_m, cells)
  JOIN zone z ON z.id = u.zone
  ON CONFLICT ON CONSTRAINT patrol_front_pkey DO NOTHING
$$;
CREATE FUNCTION fronts_v1()
RETURNS TABLE (zone_id bigint, axis bytea, length_m double precision, valid_from date, valid_to date)
LANGUAGE sql STABLE AS $$
  SELECT f.zone_id, ST_AsBinary(f.axis), f.length_m, lower(z.valid), upper(z.valid)
  FROM patrol_front f JOIN zone z ON z.id = f.zone_id ORDER BY f.zone_id
$$;
"""

MARKS = """
CREATE FUNCTION mark_arrived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO mark_arrival (account_id, at) VALUES (NEW.account_id, NEW.at);
  RETURN NULL;
END $$;
CREATE TRIGGER mark_arrived AFTER INSERT ON visit_mark FOR EACH ROW EXECUTE FUNCTION mark_arrived();
CREATE FUNCTION report_arrived() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO mark_arrival (account_id, at) VALUES (NEW.officer_id, NEW.captured_at);
  RETURN NULL;
END $$;
CREATE TRIGGER report_arrived AFTER INSERT ON report
  FOR EACH ROW WHEN (cardinality(NEW.zone_codes) > 0) EXECUTE FUNCTION report_arrived();

-- Where an account left marks from p_from until before p_to: by visit marks, and by reports whose first match was sure
-- of a place that is patrolled. A report whose claimed time was not believed leaves none.
CREATE FUNCTION zone_marks_put(p_account uuid, p_from timestamptz, p_to timestamptz, p_time_zone text)
RETURNS TABLE (zone_id bigint, at timestamptz) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  INSERT INTO zone_mark AS m (account_id, zone_id, at, kind)
  SELECT v.account_id, v.zone_id, v.at, v.kind FROM visit_mark v
  WHERE v.account_id = p_account AND v.at >= p_from AND v.at < p_to
  UNION
  SELECT r.officer_id, z.id, r.captured_at, 'inspection'
  FROM report r
  CROSS JOIN LATERAL (SELECT x.result FROM zone_match x WHERE x.report_id = r.id ORDER BY x.id LIMIT 1) f
  CROSS JOIN LATERAL (VALUES (f.result -> 'frontage', 'frontage'), (f.result -> 'parking', 'parking')) AS k (hit, kind)
  JOIN zone z ON z.kind = k.kind AND z.code = k.hit ->> 'code' AND z.version = CAST(k.hit ->> 'version' AS integer)
  WHERE r.officer_id = p_account AND r.captured_at >= p_from AND r.captured_at < p_to
    AND CAST(r.captured_at AT TIME ZONE p_time_zone AS date) = r.judged_on
    AND k.hit ->> 'verdict' IN ('certain', 'likely')
  ON CONFLICT ON CONSTRAINT zone_mark_pkey DO NOTHING
  RETURNING m.zone_id, m.at;
END $$;
"""

READING = """
-- Local days of which the precise fixes are gone, in whole or in part: what was seen of them stays as it is.
CREATE FUNCTION local_days_closed_v1(p_from date, p_to date, p_time_zone text) RETURNS SETOF date LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT DISTINCT CAST(e.moment AT TIME ZONE p_time_zone AS date)
  FROM days_closed_v1(p_from - 1, p_to + 1) AS c (day)
  CROSS JOIN LATERAL (VALUES (CAST(c.day AS timestamp) AT TIME ZONE 'UTC'),
    (CAST(c.day + 1 AS timestamp) AT TIME ZONE 'UTC' - interval '1 microsecond')) AS e (moment);
END $$;

-- What a pass takes up: the oldest batches, until p_fixes_max fixes, and the oldest marks; whether batches are left
-- over; which fronts are in force; which of their local days are closed.
CREATE FUNCTION covering_taken_v1(p_fixes_max integer, p_batches_max integer, p_time_zone text)
RETURNS TABLE (what text, id bigint, device_id bigint, account_id uuid, recorded bytea, day date)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_batches bigint[];
  v_marks bigint[];
  v_last bigint;
  v_from timestamptz;
  v_to timestamptz;
BEGIN
  SELECT array_agg(t.id), max(t.id), min(t.starts), max(t.ends) INTO v_batches, v_last, v_from, v_to
  FROM (
    SELECT a.id, r.starts, r.ends,
      sum(cardinality(a.recorded)) OVER (ORDER BY a.id ROWS UNBOUNDED PRECEDING) - cardinality(a.recorded) AS fixes_before
    FROM (SELECT x.id, x.recorded FROM fix_arrival x ORDER BY x.id LIMIT p_batches_max) a
    CROSS JOIN LATERAL (SELECT min(e.at) AS starts, max(e.at) AS ends FROM unnest(a.recorded) AS e (at)) r) t
  WHERE t.fixes_before < p_fixes_max;
  SELECT array_agg(m.id), least(v_from, min(m.at)), greatest(v_to, max(m.at)) INTO v_marks, v_from, v_to
  FROM (SELECT x.id, x.at FROM mark_arrival x ORDER BY x.id LIMIT p_batches_max) m;
  RETURN QUERY
  SELECT 'fixes', a.id, a.device_id, a.account_id, r.recorded, CAST(NULL AS date)
  FROM fix_arrival a
  CROSS JOIN LATERAL (
    SELECT string_agg(float8send(date_part('epoch', u.at)), '') AS recorded
    FROM (SELECT e.at FROM unnest(a.recorded) AS e (at) ORDER BY e.at) u) r
  WHERE a.id = ANY (v_batches)
  UNION ALL SELECT 'mark', m.id, NULL, NULL, NULL, NULL FROM unnest(v_marks) AS m (id)
  UNION ALL SELECT 'left over', NULL, NULL, NULL, NULL, NULL WHERE EXISTS (SELECT 1 FROM fix_arrival a WHERE a.id > v_last)
  UNION ALL SELECT 'fronts', fronts_version_v1(), NULL, NULL, NULL, NULL
  UNION ALL
  SELECT 'closed', NULL, NULL, NULL, NULL, c.day
  FROM local_days_closed_v1(CAST(v_from AT TIME ZONE 'UTC' AS date), CAST(v_to AT TIME ZONE 'UTC' AS date), p_time_zone) AS c (day);
END $$;
-- Fixes of these devices that no pass has taken up: whoever works out what was seen leaves them out.
CREATE FUNCTION covering_pending_v1(p_devices bigint[])
RETURNS TABLE (id bigint, device_id bigint, recorded bytea) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT a.id, a.device_id, r.recorded FROM fix_arrival a
  CROSS JOIN LATERAL (
    SELECT string_agg(float8send(date_part('epoch', u.at)), '') AS recorded
    FROM (SELECT e.at FROM unnest(a.recorded) AS e (at) ORDER BY e.at) u) r
  WHERE a.device_id = ANY (p_devices);
END $$;
-- The fixes of stretches (device, from, to; POSIX seconds, both inclusive), by time, as columns of big-endian numbers.
CREATE FUNCTION covering_fixes_v1(p_devices bigint[], p_from double precision[], p_to double precision[])
RETURNS TABLE (at bytea, lon bytea, lat bytea, accuracy bytea, mock bytea) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT f.at, f.lon, f.lat, f.accuracy, f.mock
  FROM unnest(p_devices, p_from, p_to) WITH ORDINALITY AS s (device, starts, ends, place)
  CROSS JOIN LATERAL (
    SELECT string_agg(float8send(date_part('epoch', o.recorded_at)), '') AS at, string_agg(float8send(o.lon), '') AS lon,
      string_agg(float8send(o.lat), '') AS lat, string_agg(float4send(coalesce(o.accuracy_m, 'NaN')), '') AS accuracy,
      string_agg(boolsend(o.mock), '') AS mock
    FROM (
      SELECT x.recorded_at, x.lon, x.lat, x.accuracy_m, x.mock FROM position_fix x
      WHERE x.device_id = s.device AND x.recorded_at >= to_timestamp(s.starts) AND x.recorded_at <= to_timestamp(s.ends)
      ORDER BY x.recorded_at) o) f
  ORDER BY s.place;
END $$;
-- The fixes around stretches (device, from, to), as far as they can change what is seen from there: two contexts on each
-- side. A context: sound fixes within p_within_s and p_more more, none farther than p_reach_s. Segments that start
-- between inner_from and inner_to, one context, are right. geo.tracks says the same in Python (sound, seeing_context).
CREATE FUNCTION covering_around_v1(p_devices bigint[], p_from double precision[], p_to double precision[],
  p_within_s double precision, p_more integer, p_reach_s double precision, p_poor_m double precision, p_unknown_m double precision,
  p_zero_deg double precision)
RETURNS TABLE (inner_from double precision, inner_to double precision, at bytea, lon bytea, lat bytea, accuracy bytea,
  mock bytea) LANGUAGE plpgsql STABLE AS $$
DECLARE
  within CONSTANT interval := make_interval(secs => p_within_s);
  reach CONSTANT interval := make_interval(secs => p_reach_s);
  device bigint;
  starts timestamptz;
  ends timestamptz;
  v_from double precision[];
  v_to double precision[];
  v_inner_from double precision[];
  v_inner_to double precision[];
BEGIN
  FOR i IN 1 .. cardinality(p_devices) LOOP
    device := p_devices[i];
    starts := to_timestamp(p_from[i]);
    ends := to_timestamp(p_to[i]);
    FOR context IN 1 .. 2 LOOP
      SELECT coalesce(min(b.recorded_at), starts - within) INTO starts FROM (
        SELECT x.recorded_at FROM position_fix x
        WHERE x.device_id = device AND x.recorded_at < starts - within AND x.recorded_at >= starts - reach AND NOT x.mock
          AND coalesce(nullif(x.accuracy_m, 0), p_unknown_m) <= p_poor_m AND greatest(abs(x.lon), abs(x.lat)) >= p_zero_deg
        ORDER BY x.recorded_at DESC LIMIT p_more) b;
      SELECT coalesce(max(b.recorded_at), ends + within) INTO ends FROM (
        SELECT x.recorded_at FROM position_fix x
        WHERE x.device_id = device AND x.recorded_at > ends + within AND x.recorded_at <= ends + reach AND NOT x.mock
          AND coalesce(nullif(x.accuracy_m, 0), p_unknown_m) <= p_poor_m AND greatest(abs(x.lon), abs(x.lat)) >= p_zero_deg
        ORDER BY x.recorded_at LIMIT p_more) b;
      IF context = 1 THEN
        v_inner_from[i] := date_part('epoch', starts);
        v_inner_to[i] := date_part('epoch', ends);
      END IF;
    END LOOP;
    v_from[i] := date_part('epoch', starts);
    v_to[i] := date_part('epoch', ends);
  END LOOP;
  RETURN QUERY
  SELECT s.inner_from, s.inner_to, s.at, s.lon, s.lat, s.accuracy, s.mock
  FROM ROWS FROM (unnest(v_inner_from), unnest(v_inner_to), covering_fixes_v1(p_devices, v_from, v_to))
    AS s (inner_from, inner_to, at, lon, lat, accuracy, mock);
END $$;
"""

WRITING = """
-- Adds what devices saw (union; nothing is taken away but the slots of p_gone_devices from..before to), and says what is
-- known now of every account, zone and local day that this touches: its sightings and marks, and 'touched' once.
-- Marks of local days in p_closed are used up without a trace.
-- With p_account and p_day that whole day of an account is touched, and its marks are worked out anew.
CREATE FUNCTION covering_merge_v1(p_time_zone text, p_devices bigint[], p_accounts uuid[], p_zones bigint[],
  p_slots double precision[], p_first double precision[], p_last double precision[], p_certain varbit[],
  p_probable varbit[], p_gone_devices bigint[], p_gone_from double precision[], p_gone_to double precision[],
  p_marks bigint[], p_closed date[], p_account uuid, p_day date)
RETURNS TABLE (account text, zone_id bigint, day text, what text, slot_s double precision, first_s double precision,
  last_s double precision, certain text, probable text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_accounts uuid[] := p_accounts;
  v_zones bigint[] := p_zones;
  v_at timestamptz[];
  v_lo timestamptz;
  v_hi timestamptz;
  v_days date[];
  gone record;
  marked record;
BEGIN
  IF cardinality(p_gone_devices) > 0 THEN
    SELECT to_timestamp(min(g.at)) INTO v_lo FROM unnest(p_gone_from) AS g (at);
    SELECT to_timestamp(max(g.at)) INTO v_hi FROM unnest(p_gone_to) AS g (at);
    WITH taken_away AS (
      DELETE FROM sighting s USING unnest(p_gone_devices, p_gone_from, p_gone_to) AS g (device, starts, ends)
      WHERE s.device_id = g.device AND s.slot_at >= to_timestamp(g.starts) AND s.slot_at < to_timestamp(g.ends)
        AND s.slot_at >= v_lo AND s.slot_at < v_hi
      RETURNING s.account_id, s.zone_id, s.slot_at)
    SELECT array_agg(t.account_id) AS accounts, array_agg(t.zone_id) AS zones, array_agg(t.slot_at) AS slots
    INTO gone FROM taken_away t;
  ELSE
    SELECT CAST('{}' AS uuid[]) AS accounts, CAST('{}' AS bigint[]) AS zones, CAST('{}' AS timestamptz[]) AS slots INTO gone;
  END IF;
  INSERT INTO sighting AS s (device_id, zone_id, slot_at, account_id, first_at, last_at, certain, probable)
  SELECT u.device, u.zone, to_timestamp(u.slot), u.account, to_timestamp(u.first), to_timestamp(u.last), u.certain,
    u.probable
  FROM unnest(p_devices, p_zones, p_slots, p_accounts, p_first, p_last, p_certain, p_probable)
    AS u (device, zone, slot, account, first, last, certain, probable)
  ON CONFLICT (device_id, zone_id, slot_at) DO UPDATE SET certain = s.certain | EXCLUDED.certain,
    probable = s.probable | EXCLUDED.probable, first_at = least(s.first_at, EXCLUDED.first_at),
    last_at = greatest(s.last_at, EXCLUDED.last_at);
  SELECT array_agg(to_timestamp(u.slot)) INTO v_at FROM unnest(p_slots) AS u (slot);
  IF p_account IS NOT NULL THEN
    DELETE FROM zone_mark m WHERE m.account_id = p_account
      AND m.at >= CAST(p_day AS timestamp) AT TIME ZONE p_time_zone
      AND m.at < CAST(p_day + 1 AS timestamp) AT TIME ZONE p_time_zone;
    PERFORM zone_marks_put(p_account, CAST(p_day AS timestamp) AT TIME ZONE p_time_zone,
      CAST(p_day + 1 AS timestamp) AT TIME ZONE p_time_zone, p_time_zone);
  END IF;
  IF cardinality(p_marks) > 0 THEN
    SELECT array_agg(a.account_id) AS accounts, array_agg(z.zone_id) AS zones, array_agg(z.at) AS at INTO marked
    FROM mark_arrival a
    CROSS JOIN LATERAL zone_marks_put(a.account_id, a.at, a.at + interval '1 microsecond', p_time_zone) z
    WHERE a.id = ANY (p_marks) AND CAST(a.at AT TIME ZONE p_time_zone AS date) <> ALL (p_closed);
  ELSE
    SELECT CAST('{}' AS uuid[]) AS accounts, CAST('{}' AS bigint[]) AS zones, CAST('{}' AS timestamptz[]) AS at INTO marked;
  END IF;
  SELECT array_agg(t.account), array_agg(t.zone), array_agg(t.day), CAST(min(t.day) AS timestamp) AT TIME ZONE p_time_zone,
    CAST(max(t.day) + 1 AS timestamp) AT TIME ZONE p_time_zone
  INTO v_accounts, v_zones, v_days, v_lo, v_hi
  FROM (
    SELECT u.account, u.zone, CAST(u.at AT TIME ZONE p_time_zone AS date) AS day
    FROM unnest(v_accounts || gone.accounts || marked.accounts, v_zones || gone.zones || marked.zones,
      v_at || gone.slots || marked.at) AS u (account, zone, at)
    UNION
    SELECT v.account_id, v.zone_id, v.day FROM visit v
    WHERE v.account_id = p_account AND v.from_at >= CAST(p_day AS timestamp) AT TIME ZONE p_time_zone
      AND v.from_at < CAST(p_day + 1 AS timestamp) AT TIME ZONE p_time_zone
    UNION
    SELECT m.account_id, m.zone_id, p_day FROM zone_mark m
    WHERE m.account_id = p_account AND m.at >= CAST(p_day AS timestamp) AT TIME ZONE p_time_zone
      AND m.at < CAST(p_day + 1 AS timestamp) AT TIME ZONE p_time_zone) t;
  RETURN QUERY
  SELECT CAST(t.account AS text), t.zone, CAST(t.day AS text), 'touched', NULL, NULL, NULL, NULL, NULL
  FROM unnest(v_accounts, v_zones, v_days) AS t (account, zone, day)
  UNION ALL
  SELECT CAST(t.account AS text), t.zone, CAST(t.day AS text), 'sighting', date_part('epoch', s.slot_at), date_part('epoch', s.first_at),
    date_part('epoch', s.last_at), CAST(s.certain AS text), CAST(s.probable AS text)
  FROM unnest(v_accounts, v_zones, v_days) AS t (account, zone, day)
  JOIN device d ON d.account_id = t.account
  JOIN sighting s ON s.device_id = d.id AND s.zone_id = t.zone AND s.slot_at >= v_lo AND s.slot_at < v_hi
    AND s.slot_at >= CAST(t.day AS timestamp) AT TIME ZONE p_time_zone
    AND s.slot_at < CAST(t.day + 1 AS timestamp) AT TIME ZONE p_time_zone
  UNION ALL
  SELECT CAST(t.account AS text), t.zone, CAST(t.day AS text), m.kind, NULL, date_part('epoch', m.at), NULL, NULL, NULL
  FROM unnest(v_accounts, v_zones, v_days) AS t (account, zone, day)
  JOIN zone_mark m ON m.account_id = t.account AND m.zone_id = t.zone
    AND m.at >= CAST(t.day AS timestamp) AT TIME ZONE p_time_zone
    AND m.at < CAST(t.day + 1 AS timestamp) AT TIME ZONE p_time_zone;
END $$;

-- Coverage of these zones on these local days, and of their weeks, counted from what stands in sighting and visit.
CREATE FUNCTION coverage_count(p_time_zone text, p_zones bigint[], p_days date[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_zones bigint[];
  v_days date[];
  v_starts timestamptz[];
  v_ends timestamptz[];
  v_lo timestamptz;
  v_hi timestamptz;
BEGIN
  SELECT array_agg(t.zone), array_agg(t.day), array_agg(t.starts), array_agg(t.ends), min(t.starts), max(t.ends)
  INTO v_zones, v_days, v_starts, v_ends, v_lo, v_hi
  FROM (
    SELECT DISTINCT u.zone, u.day, CAST(u.day AS timestamp) AT TIME ZONE p_time_zone AS starts,
      CAST(u.day + 1 AS timestamp) AT TIME ZONE p_time_zone AS ends
    FROM unnest(p_zones, p_days) AS u (zone, day)) t;
  IF v_zones IS NULL THEN
    RETURN;
  END IF;
  WITH counted AS MATERIALIZED (
    SELECT t.zone, t.day, f.cells, f.length_m, seen.certain, seen.probable, coalesce(went.visits, 0) AS visits,
      coalesce(went.officers, 0) AS officers, least(seen.first_at, went.first_at) AS first_at,
      greatest(seen.last_at, went.last_at) AS last_at
    FROM unnest(v_zones, v_days, v_starts, v_ends) AS t (zone, day, starts, ends)
    JOIN patrol_front f ON f.zone_id = t.zone
    CROSS JOIN LATERAL (
      SELECT bit_or(s.certain) AS certain, bit_or(s.probable) AS probable, min(s.first_at) AS first_at,
        max(s.last_at) AS last_at
      FROM sighting s
      WHERE s.zone_id = t.zone AND s.slot_at >= t.starts AND s.slot_at < t.ends AND s.slot_at >= v_lo AND s.slot_at < v_hi
    ) seen
    CROSS JOIN LATERAL (
      SELECT CAST(count(*) AS integer) AS visits, CAST(count(DISTINCT v.account_id) AS integer) AS officers,
        min(v.from_at) AS first_at, max(v.to_at) AS last_at
      FROM visit v WHERE v.zone_id = t.zone AND v.from_at >= t.starts AND v.from_at < t.ends
    ) went),
  nobody AS (
    DELETE FROM coverage_day c USING counted n WHERE c.day = n.day AND c.zone_id = n.zone AND n.first_at IS NULL)
  INSERT INTO coverage_day AS c (day, zone_id, certain, probable, certain_m, probable_m, visits, officers, first_at, last_at)
  SELECT n.day, n.zone, b.certain, b.probable, bit_count(b.certain) * n.length_m / n.cells,
    bit_count(b.probable) * n.length_m / n.cells, n.visits, n.officers, n.first_at, n.last_at
  FROM counted n
  CROSS JOIN LATERAL (
    SELECT coalesce(CAST(n.certain AS varbit), CAST(repeat('0', n.cells) AS varbit)) AS certain,
      coalesce(CAST(n.probable AS varbit), CAST(repeat('0', n.cells) AS varbit)) AS probable) b
  WHERE n.first_at IS NOT NULL
  ON CONFLICT ON CONSTRAINT coverage_day_pkey DO UPDATE SET certain = EXCLUDED.certain, probable = EXCLUDED.probable,
    certain_m = EXCLUDED.certain_m, probable_m = EXCLUDED.probable_m, visits = EXCLUDED.visits,
    officers = EXCLUDED.officers, first_at = EXCLUDED.first_at, last_at = EXCLUDED.last_at
  WHERE (c.certain, c.probable, c.visits, c.officers, c.first_at, c.last_at)
    IS DISTINCT FROM (EXCLUDED.certain, EXCLUDED.probable, EXCLUDED.visits, EXCLUDED.officers, EXCLUDED.first_at, EXCLUDED.last_at);
  WITH counted AS MATERIALIZED (
    SELECT t.zone, t.week, f.cells, f.length_m, seen.certain, seen.probable, seen.visits, seen.first_at, seen.last_at,
      CASE WHEN seen.days = 1 THEN seen.officers ELSE (
        SELECT CAST(count(DISTINCT v.account_id) AS integer) FROM visit v
        WHERE v.zone_id = t.zone AND v.from_at >= CAST(t.week AS timestamp) AT TIME ZONE p_time_zone
          AND v.from_at < CAST(t.week + 7 AS timestamp) AT TIME ZONE p_time_zone) END AS officers
    FROM (
      SELECT DISTINCT u.zone, u.day - CAST(extract(isodow FROM u.day) AS integer) + 1 AS week
      FROM unnest(v_zones, v_days) AS u (zone, day)) t
    JOIN patrol_front f ON f.zone_id = t.zone
    CROSS JOIN LATERAL (
      SELECT bit_or(c.certain) AS certain, bit_or(c.probable) AS probable, CAST(sum(c.visits) AS integer) AS visits,
        min(c.first_at) AS first_at, max(c.last_at) AS last_at, count(*) AS days, max(c.officers) AS officers
      FROM generate_series(0, 6) AS n (days) JOIN coverage_day c ON c.day = t.week + n.days AND c.zone_id = t.zone
    ) seen),
  nobody AS (
    DELETE FROM coverage_week c USING counted n WHERE c.week = n.week AND c.zone_id = n.zone AND n.first_at IS NULL)
  INSERT INTO coverage_week AS c (week, zone_id, certain, probable, certain_m, probable_m, visits, officers, first_at, last_at)
  SELECT n.week, n.zone, CAST(n.certain AS varbit), CAST(n.probable AS varbit), bit_count(n.certain) * n.length_m / n.cells,
    bit_count(n.probable) * n.length_m / n.cells, n.visits, n.officers, n.first_at, n.last_at
  FROM counted n WHERE n.first_at IS NOT NULL
  ON CONFLICT ON CONSTRAINT coverage_week_pkey DO UPDATE SET certain = EXCLUDED.certain, probable = EXCLUDED.probable,
    certain_m = EXCLUDED.certain_m, probable_m = EXCLUDED.probable_m, visits = EXCLUDED.visits,
    officers = EXCLUDED.officers, first_at = EXCLUDED.first_at, last_at = EXCLUDED.last_at
  WHERE (c.certain, c.probable, c.visits, c.officers, c.first_at, c.last_at)
    IS DISTINCT FROM (EXCLUDED.certain, EXCLUDED.probable, EXCLUDED.visits, EXCLUDED.officers, EXCLUDED.first_at, EXCLUDED.last_at);
END $$;

-- The visits of accounts, zones and local days become these; coverage follows; what was taken up is done.
CREATE FUNCTION covering_put_v1(p_time_zone text, p_accounts uuid[], p_zones bigint[], p_days date[], p_visit_accounts uuid[],
  p_visit_zones bigint[], p_visit_days date[], p_from double precision[], p_to double precision[], p_kinds text[],
  p_certain boolean[], p_certain_m double precision[], p_probable_m double precision[], p_batches bigint[], p_marks bigint[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM visit v USING unnest(p_accounts, p_zones, p_days) AS t (account, zone, day)
  WHERE v.account_id = t.account AND v.zone_id = t.zone AND v.day = t.day
    AND v.from_at >= CAST(t.day AS timestamp) AT TIME ZONE p_time_zone
    AND v.from_at < CAST(t.day + 1 AS timestamp) AT TIME ZONE p_time_zone
    -- NOT IN is hashed; a NOT EXISTS over arrays of unknown length would compare each with each.
    AND (v.account_id, v.zone_id, v.from_at, v.kind) NOT IN (
      SELECT u.account, u.zone, to_timestamp(u.from_s), u.kind
      FROM unnest(p_visit_accounts, p_visit_zones, p_from, p_kinds) AS u (account, zone, from_s, kind));
  INSERT INTO visit AS v (account_id, zone_id, day, from_at, to_at, kind, certain, certain_m, probable_m, shift_id)
  SELECT u.account, u.zone, u.day, to_timestamp(u.from_s), to_timestamp(u.to_s), u.kind, u.certain, u.certain_m, u.probable_m,
    (SELECT s.id FROM shift s WHERE s.account_id = u.account AND s.started_at <= to_timestamp(u.to_s)
     ORDER BY s.started_at DESC LIMIT 1)
  FROM unnest(p_visit_accounts, p_visit_zones, p_visit_days, p_from, p_to, p_kinds, p_certain, p_certain_m, p_probable_m)
    AS u (account, zone, day, from_s, to_s, kind, certain, certain_m, probable_m)
  ON CONFLICT ON CONSTRAINT visit_pkey DO UPDATE SET to_at = EXCLUDED.to_at, certain = EXCLUDED.certain,
    certain_m = EXCLUDED.certain_m, probable_m = EXCLUDED.probable_m, shift_id = EXCLUDED.shift_id
  WHERE (v.to_at, v.certain, v.certain_m, v.probable_m, v.shift_id)
    IS DISTINCT FROM (EXCLUDED.to_at, EXCLUDED.certain, EXCLUDED.certain_m, EXCLUDED.probable_m, EXCLUDED.shift_id);
  PERFORM coverage_count(p_time_zone, p_zones, p_days);
  PERFORM plan_progress_v1(p_zones, p_days);
  DELETE FROM fix_arrival a WHERE a.id = ANY (p_batches);
  DELETE FROM mark_arrival a WHERE a.id = ANY (p_marks);
END $$;

-- Every zone that has coverage on a day counted again: rows that nothing stands behind any more go.
CREATE FUNCTION coverage_recount_v1(p_time_zone text, p_day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_zones bigint[] := ARRAY(SELECT c.zone_id FROM coverage_day c WHERE c.day = p_day);
BEGIN
  PERFORM coverage_count(p_time_zone, v_zones, array_fill(p_day, ARRAY[cardinality(v_zones)]));
END $$;

-- What one account saw from local day p_from to p_to, both inclusive. Rights and the note of the look are the caller's.
CREATE FUNCTION officer_coverage_v1(p_account uuid, p_from date, p_to date, p_time_zone text)
RETURNS TABLE (zone_id bigint, certain varbit, probable varbit, visits integer, first_at timestamptz, last_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  v_lo CONSTANT timestamptz := CAST(p_from AS timestamp) AT TIME ZONE p_time_zone;
  v_hi CONSTANT timestamptz := CAST(p_to + 1 AS timestamp) AT TIME ZONE p_time_zone;
BEGIN
  RETURN QUERY
  SELECT f.zone_id, coalesce(CAST(s.certain AS varbit), CAST(repeat('0', f.cells) AS varbit)),
    coalesce(CAST(s.probable AS varbit), CAST(repeat('0', f.cells) AS varbit)), coalesce(w.visits, 0),
    least(s.first_at, w.first_at), greatest(s.last_at, w.last_at)
  FROM (
    SELECT x.zone_id, bit_or(x.certain) AS certain, bit_or(x.probable) AS probable, min(x.first_at) AS first_at,
      max(x.last_at) AS last_at
    FROM device d JOIN sighting x ON x.device_id = d.id
    WHERE d.account_id = p_account AND x.slot_at >= v_lo AND x.slot_at < v_hi
    GROUP BY x.zone_id) s
  FULL JOIN (
    SELECT v.zone_id, CAST(count(*) AS integer) AS visits, min(v.from_at) AS first_at, max(v.to_at) AS last_at
    FROM visit v WHERE v.account_id = p_account AND v.from_at >= v_lo AND v.from_at < v_hi
    GROUP BY v.zone_id) w ON w.zone_id = s.zone_id
  JOIN patrol_front f ON f.zone_id = coalesce(s.zone_id, w.zone_id);
END $$;

-- How far coverage is behind: batches and marks that wait, and the age in seconds of the oldest.
CREATE FUNCTION covering_behind_v1() RETURNS TABLE (waiting bigint, oldest_s double precision) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT count(*), coalesce(greatest(0, date_part('epoch', clock_timestamp() - min(q.arrived_at))), 0)
  FROM (SELECT a.arrived_at FROM fix_arrival a UNION ALL SELECT m.arrived_at FROM mark_arrival m) q;
END $$;
"""

REBUILDING = """
-- Orders a rebuild and its job; false when there is no such officer. Jobs of rebuilds share a lock: one at a time.
CREATE FUNCTION coverage_rebuild_order_v1(p_id uuid, p_from date, p_to date, p_officer uuid, p_at timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF current_account() IS NULL OR NOT may_manage_zones_v1() THEN
    RAISE EXCEPTION 'coverage is the district''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF p_officer IS NOT NULL AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = p_officer) THEN
    RETURN false;
  END IF;
  INSERT INTO coverage_rebuild (id, from_day, to_day, officer_id, account_id, asked_at, state)
  VALUES (p_id, p_from, p_to, p_officer, current_account(), p_at, 'waiting');
  PERFORM procrastinate_defer_jobs_v1(ARRAY[CAST(ROW('default', 'coverage_rebuild', 0, 'coverage_rebuild', NULL,
    jsonb_build_object('rebuild_id', p_id), NULL) AS procrastinate_job_to_defer_v1)]);
  RETURN true;
END $$;
-- Whose days are worked out: one account, or all that ever sent a position, a mark or a report.
CREATE FUNCTION coverage_rebuild_accounts_v1(p_officer uuid) RETURNS TABLE (account_id uuid, devices bigint[])
LANGUAGE sql STABLE AS $$
  SELECT a.id, ARRAY(SELECT d.id FROM device d WHERE d.account_id = a.id ORDER BY d.id) FROM account a
  WHERE (p_officer IS NULL OR a.id = p_officer) AND (
    EXISTS (SELECT 1 FROM device d WHERE d.account_id = a.id)
    OR EXISTS (SELECT 1 FROM visit_mark m WHERE m.account_id = a.id)
    OR EXISTS (SELECT 1 FROM report r WHERE r.officer_id = a.id))
  ORDER BY a.id
$$;
-- Takes a rebuild up where it got to; nothing when it has ended.
CREATE FUNCTION coverage_rebuild_take_v1(p_id uuid) RETURNS TABLE (from_day date, to_day date, officer_id uuid)
LANGUAGE sql AS $$
  UPDATE coverage_rebuild r SET state = 'running' WHERE r.id = p_id AND r.state IN ('waiting', 'running')
  RETURNING coalesce(r.done_day + 1, r.from_day), r.to_day, r.officer_id
$$;
CREATE FUNCTION coverage_rebuild_step_v1(p_id uuid, p_day date) RETURNS void LANGUAGE sql AS $$
  UPDATE coverage_rebuild r SET done_day = p_day, state = CASE WHEN p_day >= r.to_day THEN 'done' ELSE r.state END,
    ended_at = CASE WHEN p_day >= r.to_day THEN clock_timestamp() END
  WHERE r.id = p_id AND r.state = 'running'
$$;
"""


def upgrade() -> None:
    run(TABLES)
    run(FRONTS)
    run(MARKS)
    run(READING)
    run(WRITING)
    run(REBUILDING)
    secure("patrol_front", read=FRONT_SEEN)
    secure("sighting", read=OWN)
    secure("mark_arrival", read="false")
    secure("zone_mark", read=OWN)
    secure("visit", read=OWN)
    secure("coverage_day", read=COVERAGE_SEEN)
    secure("coverage_week", read=COVERAGE_SEEN)
    secure("coverage_rebuild", read=MANAGES)
    for name, arguments in (FOR_THE_SERVER | FOR_THE_WORKER | FOR_THE_OWNER).items():
        definer(name, arguments)
    for name, arguments in (FOR_THE_WORKER | FOR_THE_OWNER).items():
        run(f"REVOKE EXECUTE ON FUNCTION {name}({arguments}) FROM {SERVER_ROLE}")
    for name, arguments in FOR_THE_WORKER.items():
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")
    run(f"GRANT EXECUTE ON FUNCTION local_days_closed_v1(date, date, text) TO {SERVER_ROLE}")
    run("SELECT day_partitions_v1('sighting', current_date - 1, current_date + 14)")


def downgrade() -> None:
    run("DROP TRIGGER report_arrived ON report")
    run("DROP TRIGGER mark_arrived ON visit_mark")
    for name, arguments in (FOR_THE_SERVER | FOR_THE_WORKER | FOR_THE_OWNER).items():
        run(f"DROP FUNCTION {name}({arguments})")
    run("""
DROP TABLE coverage_rebuild;
DROP TABLE coverage_week;
DROP TABLE coverage_day;
DROP TABLE visit;
DROP TABLE zone_mark;
DROP TABLE mark_arrival;
DROP TABLE sighting;
DROP TABLE patrol_front;
""")
