"""Positions: devices, their fixes in daily partitions, and what has arrived and is not yet counted as seen."""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, append_only, definer, run, secure

revision = "0023"
down_revision = "0022"

DATUMS = "'wgs84', 'cgcs2000', 'gcj02', 'bd09'"
PUT = (
    "bigint, timestamptz, bigint[], double precision[], double precision[], real[], real[], real[], real[], real[], "
    "boolean[], text, text[], double precision[], double precision[], bigint[], bigint[], jsonb"
)
FOR_THE_SERVER = {"app_device_v1": "text, text, integer", "positions_put_v1": PUT}
FOR_THE_WORKER = {"day_partitions_v1": "text, date, date", "days_ahead_v1": "text, date, date, date"}
FOR_THE_OWNER = {
    "drop_day_v1": "text, date",
    "position_arrived_v1": "bigint, uuid, position_fix, timestamptz[], timestamptz",
}


def upgrade() -> None:
    run(f"""
CREATE TABLE device (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT device_pkey PRIMARY KEY,
  account_id uuid NOT NULL CONSTRAINT device_account_id_fkey REFERENCES account (id),
  kind text NOT NULL CONSTRAINT device_kind_known CHECK (kind IN ('app', 'owntracks', 'osmand', 'overland')),
  name text NOT NULL CONSTRAINT device_name_length CHECK (length(name) BETWEEN 1 AND 100),
  datum text NOT NULL CONSTRAINT device_datum_known CHECK (datum IN ({DATUMS})),
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz,
  CONSTRAINT device_name_key UNIQUE (account_id, kind, name)
);
COMMENT ON COLUMN device.datum IS 'what the device said last that its positions are in';

-- No foreign keys: one look into two other tables for each of a million fixes a day would cost more than the fix.
-- device_id and account_id are written by one function, which reads both from the same row of device.
CREATE TABLE position_fix (
  device_id bigint NOT NULL,
  recorded_at timestamptz NOT NULL,
  account_id uuid NOT NULL,
  shift_id uuid NOT NULL,
  received_at timestamptz NOT NULL,
  lon double precision NOT NULL,
  lat double precision NOT NULL,
  accuracy_m real,
  speed_mps real,
  bearing_deg real,
  altitude_m real,
  battery real,
  mock boolean NOT NULL,
  on_duty boolean NOT NULL,
  datum text NOT NULL,
  sent_lon double precision NOT NULL,
  sent_lat double precision NOT NULL,
  CONSTRAINT position_fix_pkey PRIMARY KEY (device_id, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX position_fix_recorded_at ON position_fix USING brin (recorded_at);
CREATE TABLE position_fix_odd PARTITION OF position_fix DEFAULT;
COMMENT ON COLUMN position_fix.lon IS 'degrees WGS-84, converted once from sent_lon in datum';
COMMENT ON COLUMN position_fix.on_duty IS 'false: within the grace before or after the shift';
COMMENT ON TABLE position_fix_odd IS 'days nobody made a table for: clocks that are years wrong, and batches that are weeks late';

CREATE TABLE fix_arrival (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT fix_arrival_pkey PRIMARY KEY,
  device_id bigint NOT NULL,
  account_id uuid NOT NULL,
  recorded timestamptz[] NOT NULL,
  arrived_at timestamptz NOT NULL
);
COMMENT ON TABLE fix_arrival IS 'fixes of one batch that were stored and are not yet counted as seen; gone when they are';
""")
    secure("device", read="account_id = current_account()")
    secure("position_fix", read="account_id = current_account()")
    secure("fix_arrival", read="false")
    append_only(["position_fix"])
    _days()
    _putting()
    for name, arguments in (FOR_THE_SERVER | FOR_THE_WORKER | FOR_THE_OWNER).items():
        definer(name, arguments)
    for name, arguments in (FOR_THE_WORKER | FOR_THE_OWNER).items():
        run(f"REVOKE EXECUTE ON FUNCTION {name}({arguments}) FROM {SERVER_ROLE}")
    for name, arguments in FOR_THE_WORKER.items():
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")
    run("SELECT day_partitions_v1('position_fix', current_date - 1, current_date + 14)")


def _days() -> None:
    run("""
-- Makes the tables of the days from..to (UTC) that are missing; what waits for them in the table of odd times moves in.
-- Attached rather than made in place: that does not lock out who is inserting. Returns how many were made.
CREATE FUNCTION day_partitions_v1(p_parent text, p_from date, p_to date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  made integer := 0;
  day date;
  part text;
  starts timestamptz;
  ends timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('day_partitions ' || p_parent, 0));
  FOR day IN SELECT CAST(d AS date) FROM generate_series(p_from, p_to, interval '1 day') d LOOP
    part := p_parent || to_char(day, '"_p"YYYYMMDD');
    CONTINUE WHEN to_regclass(part) IS NOT NULL;
    starts := CAST(day AS timestamp) AT TIME ZONE 'UTC';
    ends := starts + interval '24 hours';
    EXECUTE format('CREATE TABLE public.%I (LIKE %I INCLUDING ALL)', part, p_parent);
    EXECUTE format('WITH odd AS (DELETE FROM %I WHERE %2$I >= %3$L AND %2$I < %4$L RETURNING *) INSERT INTO %5$I '
      'SELECT * FROM odd', p_parent || '_odd', day_column_v1(p_parent), starts, ends, part);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', p_parent, part, starts, ends);
    made := made + 1;
  END LOOP;
  RETURN made;
END $$;
-- The column by which a table lies in days.
CREATE FUNCTION day_column_v1(p_parent text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CAST(a.attname AS text)
  FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
  WHERE p.partrelid = CAST(p_parent AS regclass)
$$;
-- Tables from p_today until p_until, and for every day since p_since of which something lies among the odd times.
CREATE FUNCTION days_ahead_v1(p_parent text, p_since date, p_today date, p_until date) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  made integer := day_partitions_v1(p_parent, p_today, p_until);
  day date;
BEGIN
  FOR day IN EXECUTE format('SELECT DISTINCT CAST(%1$I AT TIME ZONE ''UTC'' AS date) FROM %2$I '
    'WHERE %1$I >= $1 AND %1$I < $2', day_column_v1(p_parent), p_parent || '_odd')
    USING CAST(p_since AS timestamp) AT TIME ZONE 'UTC', CAST(p_until + 1 AS timestamp) AT TIME ZONE 'UTC' LOOP
    made := made + day_partitions_v1(p_parent, day, day);
  END LOOP;
  RETURN made;
END $$;
-- Forgets one day (UTC), wherever it lies; how many rows went. Who may is decided by its callers: nobody is let in here.
CREATE FUNCTION drop_day_v1(p_parent text, p_day date) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  part text := p_parent || to_char(p_day, '"_p"YYYYMMDD');
  starts timestamptz := CAST(p_day AS timestamp) AT TIME ZONE 'UTC';
  gone bigint := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('day_partitions ' || p_parent, 0));
  IF to_regclass(part) IS NOT NULL THEN
    EXECUTE format('SELECT count(*) FROM %I', part) INTO gone;
    EXECUTE format('DROP TABLE %I', part);
  ELSE
    EXECUTE format('DELETE FROM %I WHERE %2$I >= %3$L AND %2$I < %4$L', p_parent || '_odd', day_column_v1(p_parent),
      starts, starts + interval '24 hours');
    GET DIAGNOSTICS gone = ROW_COUNT;
  END IF;
  RETURN gone;
END $$;
""")


def _putting() -> None:
    run("""
-- The device of that name of whoever asks, made at its first batch.
CREATE FUNCTION app_device_v1(p_name text, p_datum text, p_most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  found record;
BEGIN
  SELECT d.id, d.datum INTO found FROM device d
  WHERE d.account_id = current_account() AND d.kind = 'app' AND d.name = p_name;
  IF found.id IS NULL THEN
    PERFORM pg_advisory_xact_lock(hashtextextended('device ' || current_account(), 0));
    IF (SELECT count(*) FROM device d WHERE d.account_id = current_account()) >= p_most THEN
      RAISE EXCEPTION 'too many devices' USING ERRCODE = 'check_violation', CONSTRAINT = 'device_most';
    END IF;
    INSERT INTO device (account_id, kind, name, datum) VALUES (current_account(), 'app', p_name, p_datum)
    ON CONFLICT ON CONSTRAINT device_name_key DO NOTHING;
    SELECT d.id, d.datum INTO found FROM device d
    WHERE d.account_id = current_account() AND d.kind = 'app' AND d.name = p_name;
  END IF;
  IF found.datum <> p_datum THEN
    UPDATE device SET datum = p_datum WHERE id = found.id;
  END IF;
  RETURN found.id;
END $$;

-- Moments as microseconds since 1970 and back, exact for every moment there is: a float alone is so until 2255.
-- Of the volatility of what they call, or else they are calls of their own and no longer part of a statement.
CREATE FUNCTION epoch_at_v1(p_us bigint) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT to_timestamp(p_us / 1000000) + (p_us % 1000000) * interval '1 microsecond'
$$;
CREATE FUNCTION epoch_us_v1(p_at timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT CAST(extract(epoch FROM p_at) * 1000000 AS bigint)
$$;

-- What follows from a batch: told once, with the newest fix a place can be shown by (null when there is none).
CREATE FUNCTION position_arrived_v1(p_device bigint, p_account uuid, p_newest position_fix, p_recorded timestamptz[],
  p_received timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO fix_arrival (device_id, account_id, recorded, arrived_at)
  VALUES (p_device, p_account, p_recorded, p_received);
END $$;

-- Stores the fixes of one batch that were recorded on duty, each once. Times are microseconds since 1970, strictly
-- rising; an array that is null says nothing of any fix, a null datums says p_datum of all. p_first, p_last: stretches of
-- the batch with silence between them. p_rules: grace_s; near_s and near_most, how far and how many fixes around a
-- stretch are told; future_s and accuracy_poor_m, beyond which a fix shows nobody's place.
-- Returns, beside counts, what is needed to judge them: times stored when not all were, times stored within the grace,
-- and what lay around the stretches before.
CREATE FUNCTION positions_put_v1(p_device bigint, p_received timestamptz, p_at bigint[], p_lon double precision[],
  p_lat double precision[], p_accuracy real[], p_speed real[], p_bearing real[], p_altitude real[], p_battery real[],
  p_mock boolean[], p_datum text, p_datums text[], p_sent_lon double precision[], p_sent_lat double precision[],
  p_first bigint[], p_last bigint[], p_rules jsonb)
RETURNS TABLE (device_id bigint, accepted integer, on_duty integer, newest_at timestamptz, stored bigint[],
  in_grace bigint[], near_at double precision[], near_lon double precision[], near_lat double precision[],
  near_accuracy real[], near_mock boolean[])
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  us CONSTANT interval := '1 microsecond';
  grace CONSTANT interval := make_interval(secs => CAST(p_rules ->> 'grace_s' AS double precision));
  reach CONSTANT interval := make_interval(secs => CAST(p_rules ->> 'near_s' AS double precision));
  most CONSTANT integer := CAST(p_rules ->> 'near_most' AS integer);
  poor_m CONSTANT real := CAST(p_rules ->> 'accuracy_poor_m' AS real);
  future CONSTANT timestamptz := p_received
    + make_interval(secs => CAST(p_rules ->> 'future_s' AS double precision));
  sent CONSTANT integer := cardinality(p_at);
  v_account uuid;
  v_revoked timestamptz;
  v_shift uuid[];
  v_starts bigint[];
  v_ends bigint[];
  v_lo bigint[];
  v_hi bigint[];
  v_first timestamptz;
  v_last timestamptz;
  v_newest timestamptz;
  v_place integer;
  v_fix position_fix;
  v_stored timestamptz[];
  v_grace timestamptz[];
  near record;
BEGIN
  SELECT d.account_id, d.revoked_at INTO v_account, v_revoked FROM device d WHERE d.id = p_device;
  IF v_account IS NULL OR v_revoked IS NOT NULL THEN
    RAISE EXCEPTION 'device revoked' USING ERRCODE = 'check_violation', CONSTRAINT = 'device_not_revoked';
  END IF;
  device_id := p_device;
  accepted := 0;
  on_duty := 0;
  -- Each fix belongs to one shift: the grace of one ends where its neighbour begins.
  SELECT array_agg(s.shift_id), array_agg(epoch_us_v1(s.starts)), array_agg(epoch_us_v1(s.ends)),
    array_agg(epoch_us_v1(s.lo)), array_agg(epoch_us_v1(s.hi))
  INTO v_shift, v_starts, v_ends, v_lo, v_hi
  FROM (
    SELECT d.shift_id, d.starts, d.ends,
      greatest(d.starts - grace, least(coalesce(lag(d.ends) OVER w, '-infinity') + grace + us, d.starts)) AS lo,
      least(d.ends + grace + us, lead(d.starts) OVER w) AS hi
    FROM shift_spans_v1(v_account, epoch_at_v1(p_at[1]) - grace, epoch_at_v1(p_at[sent]) + grace) d
    WINDOW w AS (ORDER BY d.starts)) s;
  IF v_shift IS NULL THEN
    stored := '{}';
    RETURN NEXT;
    RETURN;
  END IF;
  FOR i IN 1 .. coalesce(cardinality(p_first), 0) LOOP
    v_first := epoch_at_v1(p_first[i]);
    v_last := epoch_at_v1(p_last[i]);
    SELECT array_agg(date_part('epoch', f.recorded_at)) AS at, array_agg(f.lon) AS lon, array_agg(f.lat) AS lat,
      array_agg(f.accuracy_m) AS accuracy, array_agg(f.mock) AS mock
    INTO near
    FROM (
      (SELECT x.recorded_at, x.lon, x.lat, x.accuracy_m, x.mock FROM position_fix x
      WHERE x.device_id = p_device AND x.recorded_at >= v_first - reach AND x.recorded_at < v_first
      ORDER BY x.recorded_at DESC LIMIT most)
      UNION ALL
      (SELECT x.recorded_at, x.lon, x.lat, x.accuracy_m, x.mock FROM position_fix x
      WHERE x.device_id = p_device AND x.recorded_at >= v_first AND x.recorded_at <= v_last + reach
      ORDER BY x.recorded_at LIMIT sent + most)) f;
    near_at := near_at || near.at;
    near_lon := near_lon || near.lon;
    near_lat := near_lat || near.lat;
    near_accuracy := near_accuracy || near.accuracy;
    near_mock := near_mock || near.mock;
  END LOOP;
  WITH put AS (
    INSERT INTO position_fix AS f (device_id, recorded_at, account_id, shift_id, received_at, lon, lat, accuracy_m,
      speed_mps, bearing_deg, altitude_m, battery, mock, on_duty, datum, sent_lon, sent_lat)
    SELECT p_device, epoch_at_v1(g.at), v_account, s.shift, p_received, g.lon, g.lat, g.accuracy, g.speed, g.bearing,
      g.altitude, g.battery, coalesce(g.mock, false), g.at >= s.starts AND g.at <= s.ends, coalesce(g.datum, p_datum),
      coalesce(g.sent_lon, g.lon), coalesce(g.sent_lat, g.lat)
    FROM unnest(p_at, p_lon, p_lat, p_accuracy, p_speed, p_bearing, p_altitude, p_battery, p_mock, p_datums,
      p_sent_lon, p_sent_lat)
      AS g (at, lon, lat, accuracy, speed, bearing, altitude, battery, mock, datum, sent_lon, sent_lat)
    JOIN unnest(v_shift, v_starts, v_ends, v_lo, v_hi) AS s (shift, starts, ends, lo, hi)
      ON g.at >= s.lo AND g.at < s.hi
    ON CONFLICT DO NOTHING
    RETURNING f.recorded_at, f.on_duty, f.mock, f.accuracy_m, f.lon, f.lat)
  SELECT array_agg(p.recorded_at), array_agg(p.recorded_at) FILTER (WHERE NOT p.on_duty), max(p.recorded_at),
    max(p.recorded_at) FILTER (WHERE p.on_duty AND NOT p.mock AND (p.lon <> 0 OR p.lat <> 0)
      AND p.recorded_at <= future AND coalesce(p.accuracy_m, 0) <= poor_m)
  INTO v_stored, v_grace, newest_at, v_newest
  FROM put p;
  accepted := coalesce(cardinality(v_stored), 0);
  on_duty := accepted;
  IF accepted < sent THEN
    SELECT count(*) INTO on_duty
    FROM unnest(p_at) AS g (at) JOIN unnest(v_lo, v_hi) AS s (lo, hi) ON g.at >= s.lo AND g.at < s.hi;
    stored := ARRAY(SELECT epoch_us_v1(t.at) FROM unnest(v_stored) AS t (at));
  END IF;
  IF v_grace IS NOT NULL THEN
    in_grace := ARRAY(SELECT epoch_us_v1(t.at) FROM unnest(v_grace) AS t (at));
  END IF;
  IF accepted > 0 THEN
    IF v_newest IS NOT NULL THEN
      -- Put together from what came: to look it up among the tables of days costs a tenth of a batch of 60.
      v_place := array_position(p_at, epoch_us_v1(v_newest));
      FOR i IN 1 .. cardinality(v_shift) LOOP
        IF p_at[v_place] >= v_lo[i] AND p_at[v_place] < v_hi[i] THEN
          v_fix.shift_id := v_shift[i];
        END IF;
      END LOOP;
      v_fix.device_id := p_device;
      v_fix.recorded_at := v_newest;
      v_fix.account_id := v_account;
      v_fix.received_at := p_received;
      v_fix.lon := p_lon[v_place];
      v_fix.lat := p_lat[v_place];
      v_fix.accuracy_m := p_accuracy[v_place];
      v_fix.speed_mps := p_speed[v_place];
      v_fix.bearing_deg := p_bearing[v_place];
      v_fix.altitude_m := p_altitude[v_place];
      v_fix.battery := p_battery[v_place];
      v_fix.mock := false;
      v_fix.on_duty := true;
      v_fix.datum := coalesce(p_datums[v_place], p_datum);
      v_fix.sent_lon := coalesce(p_sent_lon[v_place], p_lon[v_place]);
      v_fix.sent_lat := coalesce(p_sent_lat[v_place], p_lat[v_place]);
    END IF;
    PERFORM position_arrived_v1(p_device, v_account, v_fix, v_stored, p_received);
  END IF;
  RETURN NEXT;
END $$;
""")


def downgrade() -> None:
    for name, arguments in (FOR_THE_SERVER | FOR_THE_OWNER | FOR_THE_WORKER).items():
        run(f"DROP FUNCTION {name}({arguments})")
    run("""
DROP FUNCTION day_column_v1(text);
DROP FUNCTION epoch_us_v1(timestamptz);
DROP FUNCTION epoch_at_v1(bigint);
DROP TABLE fix_arrival;
DROP TABLE position_fix;
DROP TABLE device;
""")
