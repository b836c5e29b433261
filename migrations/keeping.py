"""What step 0028 says in SQL: holds, how a day of tracks becomes coarse and goes, and the report of what went."""

TABLES = """
-- What must be kept, whatever its age: of one officer or of everybody, from a moment to another or without an end.
CREATE TABLE legal_hold (
  id uuid CONSTRAINT legal_hold_pkey PRIMARY KEY,
  account_id uuid CONSTRAINT legal_hold_account_id_fkey REFERENCES account (id),
  from_at timestamptz NOT NULL,
  to_at timestamptz,
  reason text NOT NULL CONSTRAINT legal_hold_reason_length CHECK (length(reason) BETWEEN 1 AND 1000),
  set_by uuid NOT NULL CONSTRAINT legal_hold_set_by_fkey REFERENCES account (id),
  set_at timestamptz NOT NULL,
  CONSTRAINT legal_hold_forward CHECK (from_at < to_at)
);
COMMENT ON COLUMN legal_hold.account_id IS 'whose; null: everybody''s';
CREATE TABLE legal_hold_end (
  hold_id uuid CONSTRAINT legal_hold_end_pkey PRIMARY KEY
    CONSTRAINT legal_hold_end_hold_id_fkey REFERENCES legal_hold (id),
  reason text NOT NULL CONSTRAINT legal_hold_end_reason_length CHECK (length(reason) BETWEEN 1 AND 1000),
  lifted_by uuid NOT NULL CONSTRAINT legal_hold_end_lifted_by_fkey REFERENCES account (id),
  lifted_at timestamptz NOT NULL
);
CREATE TABLE track_day (
  day date CONSTRAINT track_day_pkey PRIMARY KEY,
  coarsened_at timestamptz,
  deleted_at timestamptz,
  CONSTRAINT track_day_closed CHECK (coarsened_at IS NOT NULL OR deleted_at IS NOT NULL)
);
COMMENT ON TABLE track_day IS 'days (UTC) whose precise fixes are gone, of somebody at least: what was seen then is not made anew';
CREATE TABLE shift_figures (
  shift_id uuid CONSTRAINT shift_figures_pkey PRIMARY KEY
    CONSTRAINT shift_figures_shift_id_fkey REFERENCES shift (id),
  figures jsonb NOT NULL,
  worked_out_at timestamptz NOT NULL,
  final boolean NOT NULL
);
COMMENT ON COLUMN shift_figures.final IS 'worked out before the fixes became coarse; stays as it is';
CREATE TABLE deletion_report (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT deletion_report_pkey PRIMARY KEY,
  at timestamptz NOT NULL,
  what text NOT NULL CONSTRAINT deletion_report_what_known
    CHECK (what IN ('track', 'sighting', 'visit', 'shift_figures', 'live_position', 'look')),
  rule text NOT NULL CONSTRAINT deletion_report_rule_known CHECK (rule IN ('coarsen', 'delete')),
  day date,
  before_at timestamptz NOT NULL,
  after_days integer NOT NULL,
  rows bigint NOT NULL,
  left_rows bigint NOT NULL,
  held_rows bigint NOT NULL,
  digest text NOT NULL CONSTRAINT deletion_report_digest_form CHECK (digest ~ '^[0-9a-f]{64}$')
);
COMMENT ON COLUMN deletion_report.day IS 'UTC; null: not of a single day';
COMMENT ON COLUMN deletion_report.left_rows IS 'coarse rows that took the place of those that went';
COMMENT ON COLUMN deletion_report.held_rows IS 'as old, and kept by a hold';
COMMENT ON COLUMN deletion_report.digest IS
  'SHA-256 of one line an account, sorted: the account, a space, SHA-256 of its rows as JSON in UTC, a line each, sorted';
"""

HOLDS = """
-- Whether a hold that is in force speaks of something of this account at that time.
CREATE FUNCTION held_v1(p_account uuid, p_at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT 1 FROM public.legal_hold h
    WHERE (h.account_id IS NULL OR h.account_id = p_account) AND p_at >= h.from_at
      AND (h.to_at IS NULL OR p_at < h.to_at)
      AND NOT EXISTS (SELECT 1 FROM public.legal_hold_end e WHERE e.hold_id = h.id))
$$;
-- How many holds were ever set and lifted: both only gain rows, so the same answer means the same holds.
CREATE FUNCTION holds_seen_v1() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT (SELECT count(*) FROM public.legal_hold) + (SELECT count(*) FROM public.legal_hold_end)
$$;
-- Sets a hold: 'set', 'same' when it is there already, 'other' when its id is of another one, 'account' when there is no
-- such account. What is kept when this has answered 'set' stays: who deletes looks at holds last, and holds them still.
CREATE FUNCTION legal_hold_put_v1(p_hold uuid, p_account uuid, p_from timestamptz, p_to timestamptz, p_reason text,
  p_at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF p_account IS NOT NULL AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = p_account) THEN
    RETURN 'account';
  END IF;
  INSERT INTO legal_hold (id, account_id, from_at, to_at, reason, set_by, set_at)
  SELECT p_hold, p_account, p_from, p_to, p_reason, current_account(), p_at WHERE asks_as('admin')
  ON CONFLICT (id) DO NOTHING;
  IF FOUND THEN
    RETURN 'set';
  END IF;
  RETURN CASE WHEN EXISTS (SELECT 1 FROM legal_hold h WHERE h.id = p_hold AND h.reason = p_reason
    AND (h.account_id, h.from_at, h.to_at) IS NOT DISTINCT FROM (p_account, p_from, p_to)) THEN 'same' ELSE 'other' END;
END $$;
-- Lifts a hold: 'lifted', 'same' when it was lifted with these words, 'other' when with others, 'absent'.
CREATE FUNCTION legal_hold_lift_v1(p_hold uuid, p_reason text, p_at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO legal_hold_end (hold_id, reason, lifted_by, lifted_at)
  SELECT h.id, p_reason, current_account(), p_at FROM legal_hold h WHERE h.id = p_hold AND asks_as('admin')
  ON CONFLICT (hold_id) DO NOTHING;
  IF FOUND THEN
    RETURN 'lifted';
  END IF;
  RETURN coalesce((SELECT CASE WHEN e.reason = p_reason THEN 'same' ELSE 'other' END
    FROM legal_hold_end e WHERE e.hold_id = p_hold), 'absent');
END $$;
-- Holds, newest first, or one of them, with the names of who set and lifted it.
CREATE FUNCTION legal_holds_v1(p_hold uuid, p_before timestamptz, p_before_id uuid, p_rows integer)
RETURNS TABLE (id uuid, account_id uuid, display_name text, from_at timestamptz, to_at timestamptz, reason text,
  set_by uuid, set_name text, set_at timestamptz, lifted_by uuid, lifted_name text, lifted_at timestamptz,
  lifted_reason text) LANGUAGE sql STABLE AS $$
  SELECT h.id, h.account_id, a.display_name, h.from_at, h.to_at, h.reason, h.set_by, s.display_name, h.set_at,
    e.lifted_by, l.display_name, e.lifted_at, e.reason
  FROM legal_hold h
  JOIN account s ON s.id = h.set_by
  LEFT JOIN account a ON a.id = h.account_id
  LEFT JOIN legal_hold_end e ON e.hold_id = h.id
  LEFT JOIN account l ON l.id = e.lifted_by
  WHERE asks_as('admin') AND (p_hold IS NULL OR h.id = p_hold)
    AND (p_before IS NULL OR (h.set_at, h.id) < (p_before, p_before_id))
  ORDER BY h.set_at DESC, h.id DESC
  LIMIT p_rows
$$;
-- What was coarsened and deleted, newest first. Whoever is signed in reads what and when; how many rows and their digest
-- are for those who answer for it: a count of held rows would tell that there is a hold.
CREATE FUNCTION deletion_reports_v1(p_before bigint, p_rows integer)
RETURNS TABLE (id bigint, at timestamptz, what text, rule text, day date, before_at timestamptz, after_days integer,
  rows bigint, left_rows bigint, held_rows bigint, digest text) LANGUAGE sql STABLE AS $$
  SELECT r.id, r.at, r.what, r.rule, r.day, r.before_at, r.after_days, CASE WHEN whole.said THEN r.rows END,
    CASE WHEN whole.said THEN r.left_rows END, CASE WHEN whole.said THEN r.held_rows END,
    CASE WHEN whole.said THEN r.digest END
  FROM deletion_report r, (SELECT asks_as('admin', 'zone_manager') AS said) whole
  WHERE current_account() IS NOT NULL AND (p_before IS NULL OR r.id < p_before)
  ORDER BY r.id DESC
  LIMIT p_rows
$$;
-- Days (UTC) whose precise fixes are gone.
CREATE FUNCTION days_closed_v1(p_from date, p_to date) RETURNS SETOF date LANGUAGE sql STABLE AS $$
  SELECT d.day FROM track_day d WHERE d.day BETWEEN p_from AND p_to
$$;
"""


def forget(verb: str, times: str, off: str, on: str) -> str:
    """forget_v1; `off` and `on` lift the guard of what is append-only to everybody else and put it back."""
    return f"""
-- Forgets what is older than p_before and kept by no hold: visits, figures of shifts, last positions, looks, or the
-- sightings of one table. Returns how many rows.
{verb} FUNCTION forget_v1(p_what text, p_table text, p_day date, p_before timestamptz, p_at timestamptz,
  p_after_days integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  account CONSTANT text := CASE p_what WHEN 'shift_figures' THEN '(SELECT s.account_id FROM shift s WHERE s.id = f.shift_id)'
    ELSE 'f.account_id' END;
  at CONSTANT text := CASE p_what WHEN 'sighting' THEN 'f.slot_at' WHEN 'visit' THEN 'f.from_at'
    WHEN 'live_position' THEN 'f.recorded_at' WHEN 'look' THEN 'f.looked_at'{times}
    ELSE '(SELECT s.started_at FROM shift s WHERE s.id = f.shift_id)' END;
  goes CONSTANT text := format('%1$s < $1 AND NOT held_v1(%2$s, %1$s)', at, account);
  going record;
  held bigint;
BEGIN
  IF p_before > p_at THEN
    RETURN 0;
  END IF;
  -- Few rows beside a day of tracks: holds wait for it.
  LOCK TABLE legal_hold, legal_hold_end IN SHARE MODE;
  SELECT g.rows, g.digest INTO going FROM going_v1(p_table, account, goes, p_before) g;
  IF going.rows = 0 THEN
    RETURN 0;
  END IF;
  EXECUTE format('SELECT count(*) FROM %I f WHERE %s < $1 AND held_v1(%s, %2$s)', p_table, at, account)
    INTO held USING p_before;
{off}  EXECUTE format('DELETE FROM %I f WHERE %s', p_table, goes) USING p_before;
{on}  INSERT INTO deletion_report (at, what, rule, day, before_at, after_days, rows, left_rows, held_rows, digest)
  VALUES (p_at, p_what, 'delete', p_day, p_before, p_after_days, going.rows, 0, held, going.digest);
  RETURN going.rows;
END $$;
"""


_LOOKS_OFF = """  -- Looks are append-only to everybody else; nobody sees the table without its guard before the commit.
  IF p_what = 'look' THEN
    ALTER TABLE position_look DISABLE TRIGGER position_look_append_only;
  END IF;
"""
_LOOKS_ON = """  IF p_what = 'look' THEN
    ALTER TABLE position_look ENABLE TRIGGER position_look_append_only;
  END IF;
"""
FORGET = forget("CREATE", "", _LOOKS_OFF, _LOOKS_ON)
FORGET_BEFORE = forget("CREATE OR REPLACE", "", _LOOKS_OFF, _LOOKS_ON)
# Rounds name who was asked to walk; they go as visits do.
FORGET_ROUNDS = forget(
    "CREATE OR REPLACE",
    " WHEN 'round' THEN 'f.sent_at'",
    _LOOKS_OFF
    + """  IF p_what = 'round' THEN
    ALTER TABLE patrol_round DISABLE TRIGGER patrol_round_append_only;
  END IF;
""",
    """  IF p_what = 'round' THEN
    ALTER TABLE patrol_round ENABLE TRIGGER patrol_round_append_only;
  END IF;
"""
    + _LOOKS_ON,
)

KEEPING = (
    """
-- Count and digest of rows of a table that meet a condition. For the functions below only.
CREATE FUNCTION going_v1(p_table text, p_account text, p_condition text, p_before timestamptz,
  OUT rows bigint, OUT digest text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format($q$
    SELECT coalesce(CAST(sum(n) AS bigint), 0),
      encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE "C"), ''), 'UTF8')), 'hex')
    FROM (
      SELECT count(*) AS n, CAST(%2$s AS text) || ' ' || encode(sha256(convert_to(
        string_agg(CAST(to_jsonb(f) AS text), E'\\n' ORDER BY CAST(to_jsonb(f) AS text) COLLATE "C"), 'UTF8')), 'hex') AS line
      FROM %1$I f WHERE %3$s GROUP BY %2$s) accounts
    $q$, p_table, p_account, p_condition)
  INTO rows, digest USING p_before;
END $$;

-- Rewrites the fixes of one day (UTC), or those of odd times when p_day is null: those from before p_before lose their
-- precision ('coarsen': about 100 m, one a minute) or go ('delete'), unless a hold keeps them. In one transaction: who is
-- killed has done nothing. Rows go with the file they lie in. Returns how many rows went; null when it has to wait, for
-- fixes of that day that are not yet counted as seen.
CREATE FUNCTION track_keep_v1(p_day date, p_rule text, p_before timestamptz, p_at timestamptz, p_after_days integer)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  part CONSTANT text := 'position_fix' || coalesce(to_char(p_day, '"_p"YYYYMMDD'), '_odd');
  starts CONSTANT timestamptz := CAST(p_day AS timestamp) AT TIME ZONE 'UTC';
  goes CONSTANT text := track_goes_v1(p_rule);
  holds CONSTANT bigint := holds_seen_v1();
  going record;
  held bigint;
  stay bigint;
  all_left bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('day_partitions position_fix', 0));
  IF to_regclass(part) IS NULL OR p_before > p_at THEN
    RETURN 0;
  END IF;
  -- Nobody adds to that day meanwhile; who reads or writes other days is not held up.
  EXECUTE format('LOCK TABLE %I IN SHARE MODE', part);
  IF p_rule = 'coarsen' AND EXISTS (
    SELECT 1 FROM fix_arrival a, unnest(a.recorded) one
    WHERE CASE WHEN p_day IS NULL THEN one < p_before OR one > p_at + interval '1 day'
      ELSE one >= starts AND one < starts + interval '24 hours' END) THEN
    RETURN NULL;
  END IF;
  SELECT g.rows, g.digest INTO going FROM going_v1(part, 'f.account_id', goes, p_before) g;
  EXECUTE format('SELECT count(*) FROM %I f WHERE least(f.recorded_at, f.received_at) < $1 '
    'AND held_v1(f.account_id, f.recorded_at)', part) INTO held USING p_before;
  EXECUTE format('CREATE TEMP TABLE keeping_fix ON COMMIT DROP AS SELECT f.* FROM %I f WHERE NOT (%s)', part, goes)
    USING p_before;
  SELECT count(*) INTO stay FROM pg_temp.keeping_fix;
  IF p_rule = 'coarsen' THEN
    EXECUTE format($q$
      INSERT INTO pg_temp.keeping_fix (device_id, recorded_at, account_id, shift_id, received_at, lon, lat, accuracy_m, mock,
        on_duty, datum, sent_lon, sent_lat)
      SELECT DISTINCT ON (f.device_id, date_trunc('minute', f.recorded_at)) f.device_id, date_trunc('minute', f.recorded_at),
        f.account_id, f.shift_id, date_trunc('hour', f.received_at), coarse_v1(f.lon), coarse_v1(f.lat), 100, f.mock,
        f.on_duty, 'wgs84', coarse_v1(f.lon), coarse_v1(f.lat)
      FROM %I f WHERE %s
      ORDER BY f.device_id, date_trunc('minute', f.recorded_at), f.recorded_at$q$, part, goes)
      USING p_before;
  END IF;
  LOCK TABLE legal_hold, legal_hold_end IN SHARE MODE;
  IF holds <> holds_seen_v1() THEN
    RAISE EXCEPTION 'a hold was set or lifted meanwhile' USING ERRCODE = 'serialization_failure';
  END IF;
  IF going.rows > 0 THEN
    EXECUTE format($q$
      INSERT INTO track_day AS t (day, coarsened_at, deleted_at)
      SELECT DISTINCT CAST(f.recorded_at AT TIME ZONE 'UTC' AS date), CAST(CASE WHEN $3 = 'coarsen' THEN $2 END AS timestamptz),
        CAST(CASE WHEN $3 = 'delete' THEN $2 END AS timestamptz)
      FROM %I f WHERE %s
      ON CONFLICT (day) DO UPDATE SET coarsened_at = coalesce(t.coarsened_at, EXCLUDED.coarsened_at),
        deleted_at = coalesce(t.deleted_at, EXCLUDED.deleted_at)$q$, part, goes)
      USING p_before, p_at, p_rule;
    EXECUTE format('TRUNCATE %I', part);
    -- A row that stays beats a coarse one of the same moment.
    EXECUTE format('INSERT INTO %I SELECT * FROM pg_temp.keeping_fix ORDER BY recorded_at, device_id, received_at DESC '
      'ON CONFLICT DO NOTHING', part);
    GET DIAGNOSTICS all_left = ROW_COUNT;
    INSERT INTO deletion_report (at, what, rule, day, before_at, after_days, rows, left_rows, held_rows, digest)
    VALUES (p_at, 'track', p_rule, p_day, p_before, p_after_days, going.rows, all_left - stay, held, going.digest);
  END IF;
  DROP TABLE pg_temp.keeping_fix;
  IF p_rule = 'delete' AND p_day IS NOT NULL AND stay = 0 THEN
    PERFORM drop_day_v1('position_fix', p_day);
  END IF;
  RETURN going.rows;
END $$;
-- One of about a hundred metres: 0.001 degrees. Made twice it is the same.
CREATE FUNCTION coarse_v1(p_degrees double precision) RETURNS double precision LANGUAGE sql IMMUTABLE AS
$$ SELECT floor(p_degrees * 1000 + 0.5) / 1000 $$;
-- Which fixes (f) go by a rule; $1: those from before it.
CREATE FUNCTION track_goes_v1(p_rule text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT 'least(f.recorded_at, f.received_at) < $1 AND NOT held_v1(f.account_id, f.recorded_at)'
    || CASE p_rule WHEN 'coarsen' THEN ' AND NOT (f.sent_lon = coarse_v1(f.lon) AND f.lon = f.sent_lon AND '
      'f.sent_lat = coarse_v1(f.lat) AND f.lat = f.sent_lat AND f.recorded_at = date_trunc(''minute'', f.recorded_at))'
      ELSE '' END
$$;

"""
    + FORGET
    + """-- The same of one day of sightings (UTC), or of those of odd times; the table of an empty day goes too.
CREATE FUNCTION sightings_forget_v1(p_day date, p_before timestamptz, p_at timestamptz, p_after_days integer)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  part CONSTANT text := 'sighting' || coalesce(to_char(p_day, '"_p"YYYYMMDD'), '_odd');
  gone CONSTANT bigint := CASE WHEN to_regclass(part) IS NULL THEN 0
    ELSE forget_v1('sighting', part, p_day, p_before, p_at, p_after_days) END;
  empty boolean := false;
BEGIN
  IF p_day IS NOT NULL AND to_regclass(part) IS NOT NULL AND p_before <= p_at THEN
    EXECUTE format('SELECT NOT EXISTS (SELECT 1 FROM %I)', part) INTO empty;
    IF empty THEN
      PERFORM drop_day_v1('sighting', p_day);
    END IF;
  END IF;
  RETURN gone;
END $$;

-- Which days something is to be done about: tables of whole days from before the two limits that hold what may go, or from
-- before the second nothing at all, and the odd times (day is null). The oldest first.
CREATE FUNCTION keeping_due_v1(p_coarse_before timestamptz, p_gone_before timestamptz)
RETURNS TABLE (what text, rule text, day date) LANGUAGE plpgsql AS $$
DECLARE
  of_table text;
  part record;
  before timestamptz;
  due boolean;
BEGIN
  FOREACH of_table IN ARRAY ARRAY['position_fix', 'sighting'] LOOP
    FOR part IN
      SELECT CAST(c.relname AS text) AS name, to_date(substring(c.relname FROM '_p([0-9]{8})$'), 'YYYYMMDD') AS day
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = to_regclass(of_table)
      ORDER BY 2 NULLS FIRST, 1
    LOOP
      what := CASE of_table WHEN 'sighting' THEN 'sighting' ELSE 'track' END;
      day := part.day;
      FOREACH rule IN ARRAY CASE of_table WHEN 'sighting' THEN ARRAY['delete'] ELSE ARRAY['delete', 'coarsen'] END LOOP
        before := CASE rule WHEN 'coarsen' THEN p_coarse_before ELSE p_gone_before END;
        CONTINUE WHEN CAST(day + 1 AS timestamp) AT TIME ZONE 'UTC' > before;
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %1$I f WHERE %2$s) OR %3$L AND NOT EXISTS (SELECT 1 FROM %1$I)',
          part.name, CASE of_table WHEN 'sighting' THEN 'f.slot_at < $1 AND NOT held_v1(f.account_id, f.slot_at)'
            ELSE track_goes_v1(rule) END, rule = 'delete' AND day IS NOT NULL) INTO due USING before;
        IF due THEN
          RETURN NEXT;
          EXIT WHEN day IS NOT NULL;
        END IF;
      END LOOP;
    END LOOP;
  END LOOP;
END $$;
"""
)
