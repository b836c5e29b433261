"""Coverage: patrol plans as versioned data, which plan holds for a front when, its periods, and how every front stands."""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, definer, run, secure

revision = "0027"
down_revision = "0026"

# Without names: whoever is of a township may know how its fronts stand, the district how all do. As sub-selects, so that
# a list of 100,000 asks once.
OF_OURS = (
    "(SELECT o.kind = 'district' FROM organisation o WHERE o.id = current_organisation()) "
    "OR township_code = (SELECT o.code FROM organisation o WHERE o.id = current_organisation())"
)
KEEPS_PLANS = "current_scope() = 'district' AND asks_as('zone_manager', 'admin')"
INNER = {
    "plan_counts_v1": "text, text, date, date",
    "plan_runs_v1": "text[], text[]",
    "plan_recount_v1": "text[], text[], date[], date[]",
    "front_standing_put_v1": "bigint[]",
}
DEFINERS = {
    "front_standing_on_v1": "date",
    "coverage_hours_v1": "date, date, text, text, text, text, double precision[]",
    "coverage_of_officer_v1": "uuid, date, date, text, timestamptz",
}
FOR_THE_WORKER = {"plan_progress_v1": "bigint[], date[]", "front_standing_day_v1": "date"}


def upgrade() -> None:
    _tables()
    _words()
    _runs()
    _counting()
    _standing()
    _asking()
    _activating()
    for name, arguments in INNER.items():
        run(f"REVOKE ALL ON FUNCTION {name}({arguments}) FROM PUBLIC")
    for name, arguments in (DEFINERS | FOR_THE_WORKER).items():
        definer(name, arguments)
    for name, arguments in FOR_THE_WORKER.items():
        # Many short statements: none is worth compiling.
        run(f"ALTER FUNCTION {name}({arguments}) SET jit TO off")
        # Planned once a connection: a pass touches five fronts or a thousand, and planning would cost more than either.
        run(f"ALTER FUNCTION {name}({arguments}) SET plan_cache_mode TO force_generic_plan")
        run(f"REVOKE EXECUTE ON FUNCTION {name}({arguments}) FROM {SERVER_ROLE}")
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")


def _tables() -> None:
    run("""
CREATE TABLE patrol_plan_set (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT patrol_plan_set_pkey PRIMARY KEY,
  name text NOT NULL CONSTRAINT patrol_plan_set_name_length CHECK (length(name) BETWEEN 1 AND 200),
  source text NOT NULL,
  sample boolean NOT NULL,
  digest text NOT NULL CONSTRAINT patrol_plan_set_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  plans json NOT NULL,
  time_zone text NOT NULL,
  created_at timestamptz NOT NULL,
  created_by uuid CONSTRAINT patrol_plan_set_created_by_fkey REFERENCES account (id),
  version integer CONSTRAINT patrol_plan_set_version_key UNIQUE
    CONSTRAINT patrol_plan_set_version_positive CHECK (version > 0),
  valid daterange CONSTRAINT patrol_plan_set_valid_not_empty CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
  activated_at timestamptz,
  activated_by uuid CONSTRAINT patrol_plan_set_activated_by_fkey REFERENCES account (id),
  CONSTRAINT patrol_plan_set_draft_or_version
    CHECK ((version IS NULL) = (valid IS NULL) AND (version IS NULL) = (activated_at IS NULL)),
  CONSTRAINT patrol_plan_set_one_at_a_time EXCLUDE USING gist (valid WITH &&)
);
COMMENT ON COLUMN patrol_plan_set.plans IS 'JSON with sorted members; its SHA-256 is digest';
COMMENT ON COLUMN patrol_plan_set.time_zone IS 'of the district: the hours of its plans are on these clocks';

CREATE FUNCTION patrol_plan_set_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.version IS NULL THEN
    RETURN OLD;
  ELSIF TG_OP = 'DELETE' OR (OLD.id, OLD.name, OLD.source, OLD.sample, OLD.digest, OLD.plans::text, OLD.time_zone,
      OLD.created_at, OLD.created_by)
     IS DISTINCT FROM (NEW.id, NEW.name, NEW.source, NEW.sample, NEW.digest, NEW.plans::text, NEW.time_zone,
      NEW.created_at, NEW.created_by)
     OR (OLD.version IS NOT NULL AND (
       (OLD.version, OLD.activated_at, OLD.activated_by, lower(OLD.valid))
       IS DISTINCT FROM (NEW.version, NEW.activated_at, NEW.activated_by, lower(NEW.valid)) OR NOT upper_inf(OLD.valid)))
  THEN
    RAISE EXCEPTION 'a set of patrol plans only comes into force and ends'
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'patrol_plan_set_keeps';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER patrol_plan_set_keeps BEFORE UPDATE OR DELETE ON patrol_plan_set
  FOR EACH ROW EXECUTE FUNCTION patrol_plan_set_keeps();

CREATE TABLE patrol_plan (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT patrol_plan_pkey PRIMARY KEY,
  set_id bigint NOT NULL CONSTRAINT patrol_plan_set_id_fkey REFERENCES patrol_plan_set (id),
  code text NOT NULL,
  terms text NOT NULL,
  zone_kind text,
  township_code text,
  streets text[],
  codes text[],
  rank integer NOT NULL,
  visits integer NOT NULL CONSTRAINT patrol_plan_visits_positive CHECK (visits > 0),
  per text NOT NULL CONSTRAINT patrol_plan_per_known CHECK (per IN ('day', 'week', 'month')),
  minutes int4multirange,
  team_id bigint CONSTRAINT patrol_plan_team_id_fkey REFERENCES team (id),
  probable boolean NOT NULL,
  visit_kinds text[] NOT NULL,
  share_min double precision NOT NULL CONSTRAINT patrol_plan_share_min_range CHECK (share_min BETWEEN 0 AND 1),
  CONSTRAINT patrol_plan_set_id_code_key UNIQUE (set_id, code)
);
COMMENT ON COLUMN patrol_plan.terms IS 'all that is asked; the same plan goes on over a change of sets when its code and terms stay';
COMMENT ON COLUMN patrol_plan.rank IS 'how specific: 8 for codes, 4 for streets, 2 for a township, 1 for a kind; the highest holds';
COMMENT ON COLUMN patrol_plan.minutes IS 'minutes since Monday 00:00 in which looks count; null: all of them';

CREATE TABLE plan_run (
  kind text NOT NULL,
  code text NOT NULL,
  since date NOT NULL,
  until date,
  plan_id bigint NOT NULL CONSTRAINT plan_run_plan_id_fkey REFERENCES patrol_plan (id),
  per text NOT NULL,
  first_due date NOT NULL,
  CONSTRAINT plan_run_pkey PRIMARY KEY (kind, code, since)
);
COMMENT ON TABLE plan_run IS 'from day to day, which plan holds for the place a code names, over all versions of its zone';
COMMENT ON COLUMN plan_run.first_due IS 'first day of the first period that lies in it from its beginning: earlier ones can be met, not missed';

CREATE TABLE plan_met (
  kind text NOT NULL,
  code text NOT NULL,
  since date NOT NULL,
  period date NOT NULL,
  looks integer NOT NULL,
  met_on date,
  CONSTRAINT plan_met_pkey PRIMARY KEY (kind, code, since, period),
  CONSTRAINT plan_met_run_fkey FOREIGN KEY (kind, code, since) REFERENCES plan_run (kind, code, since) ON DELETE CASCADE
);
COMMENT ON TABLE plan_met IS 'looks that count in a period of a run, by its first day; periods without one have no row';
COMMENT ON COLUMN plan_met.met_on IS 'local day of the look that was enough';

CREATE TABLE front_standing (
  zone_id bigint CONSTRAINT front_standing_pkey PRIMARY KEY CONSTRAINT front_standing_zone_id_fkey REFERENCES zone (id),
  kind text NOT NULL,
  code text NOT NULL,
  township_code text,
  street text,
  length_m double precision NOT NULL,
  cell bigint NOT NULL,
  plan_id bigint CONSTRAINT front_standing_plan_id_fkey REFERENCES patrol_plan (id),
  team_id bigint,
  visited_until date,
  overdue_from date,
  seen_at timestamptz
);
COMMENT ON TABLE front_standing IS 'how every front stands on the day of standing_day: what front_standing_on_v1 says of that day, kept';
COMMENT ON COLUMN front_standing.cell IS 'tile of zoom 18 of its middle';
COMMENT ON COLUMN front_standing.visited_until IS 'first day after the newest period that was met';
COMMENT ON COLUMN front_standing.overdue_from IS 'first day after the first whole period that is not met since; late from then on';
COMMENT ON COLUMN front_standing.seen_at IS 'end of the newest visit to any version of the zone';
CREATE INDEX front_standing_kind_code ON front_standing (kind, code);
CREATE INDEX front_standing_street ON front_standing (street, township_code);
CREATE INDEX front_standing_cell ON front_standing (cell);

CREATE TABLE standing_day (
  the_only boolean CONSTRAINT standing_day_pkey PRIMARY KEY CONSTRAINT standing_day_the_only CHECK (the_only),
  day date NOT NULL
);
COMMENT ON TABLE standing_day IS 'the local day front_standing speaks of; before its first row nothing is kept and all is worked out';
""")
    secure("patrol_plan_set", read="current_account() IS NOT NULL", insert=KEEPS_PLANS, update=KEEPS_PLANS)
    run(f"REVOKE UPDATE ON patrol_plan_set FROM {SERVER_ROLE}")
    run(f"GRANT UPDATE (version, valid, activated_at, activated_by) ON patrol_plan_set TO {SERVER_ROLE}")
    secure("patrol_plan", read="current_account() IS NOT NULL")
    secure("plan_run", read="false")
    secure("plan_met", read="false")
    secure("front_standing", read=OF_OURS)
    secure("standing_day", read="current_account() IS NOT NULL")


def _words() -> None:
    run("""
-- First day of the period a day lies in, and of the one after a period. Weeks are ISO weeks.
CREATE FUNCTION plan_period_v1(p_per text, p_day date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE p_per WHEN 'day' THEN p_day ELSE CAST(date_trunc(p_per, CAST(p_day AS timestamp)) AS date) END $$;
CREATE FUNCTION plan_period_after_v1(p_per text, p_period date) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE p_per WHEN 'day' THEN p_period + 1 WHEN 'week' THEN p_period + 7
     ELSE CAST(p_period + interval '1 month' AS date) END $$;

-- How a front stands on a day: by its plan, or without one by whether it was visited in the period asked for. Both dates
-- are first days of periods, so that the day may be compared as it is.
CREATE FUNCTION front_status_v1(p_plan bigint, p_visited_until date, p_overdue_from date, p_seen timestamptz, p_visits bigint,
  p_day date) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN p_seen IS NULL THEN 'never'
    WHEN p_plan IS NULL THEN CASE WHEN p_visits > 0 THEN 'visited' ELSE 'due' END
    WHEN p_visited_until > p_day THEN 'visited'
    WHEN p_overdue_from <= p_day THEN 'late'
    ELSE 'due' END
$$;

CREATE FUNCTION minute_of_week_v1(p_at timestamptz, p_time_zone text) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CAST((extract(isodow FROM p_at AT TIME ZONE p_time_zone) - 1) * 1440
    + extract(hour FROM p_at AT TIME ZONE p_time_zone) * 60 + extract(minute FROM p_at AT TIME ZONE p_time_zone) AS integer)
$$;
""")


def _runs() -> None:
    run("""
-- Which plan holds for these places (all of them when null) from day to day: of each set in force the most specific
-- plan; runs of one code and the same terms are one. What changed is counted anew.
CREATE FUNCTION plan_runs_v1(p_kinds text[], p_codes text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  changed record;
BEGIN
  CREATE TEMP TABLE run_now ON COMMIT DROP AS
  WITH front AS (
    SELECT f.zone_id, f.kind, f.code, f.township_code, f.street, z.valid
    FROM patrol_front f JOIN zone z ON z.id = f.zone_id
    WHERE p_codes IS NULL OR (f.kind, f.code) IN (SELECT * FROM unnest(p_kinds, p_codes))
  ), plan AS (
    SELECT p.*, s.valid, street, named FROM patrol_plan p JOIN patrol_plan_set s ON s.id = p.set_id
    LEFT JOIN LATERAL unnest(p.streets) AS street ON true LEFT JOIN LATERAL unnest(p.codes) AS named ON true
  ), held AS (
    SELECT f.zone_id, f.kind, f.code, f.valid * p.valid AS valid, p.set_id, p.id, p.rank
    FROM front f JOIN plan p ON p.named = f.code
    WHERE (p.street IS NULL OR p.street = f.street) AND (p.zone_kind IS NULL OR p.zone_kind = f.kind)
      AND (p.township_code IS NULL OR p.township_code = f.township_code) AND p.valid && f.valid
    UNION ALL
    SELECT f.zone_id, f.kind, f.code, f.valid * p.valid, p.set_id, p.id, p.rank
    FROM front f JOIN plan p ON p.street = f.street
    WHERE p.named IS NULL AND (p.zone_kind IS NULL OR p.zone_kind = f.kind)
      AND (p.township_code IS NULL OR p.township_code = f.township_code) AND p.valid && f.valid
    UNION ALL
    SELECT f.zone_id, f.kind, f.code, f.valid * p.valid, p.set_id, p.id, p.rank
    FROM front f JOIN plan p ON p.named IS NULL AND p.street IS NULL
    WHERE (p.zone_kind IS NULL OR p.zone_kind = f.kind)
      AND (p.township_code IS NULL OR p.township_code = f.township_code) AND p.valid && f.valid
  ), best AS (
    SELECT DISTINCT ON (h.zone_id, h.set_id) h.kind, h.code, lower(h.valid) AS since, upper(h.valid) AS until, h.id
    FROM held h ORDER BY h.zone_id, h.set_id, h.rank DESC, h.id
  ), piece AS (
    SELECT b.*, p.per, (p.code, p.terms) IS DISTINCT FROM (lag(p.code) OVER w, lag(p.terms) OVER w)
        OR lag(b.until) OVER w IS DISTINCT FROM b.since AS begins
    FROM best b JOIN patrol_plan p ON p.id = b.id
    WINDOW w AS (PARTITION BY b.kind, b.code ORDER BY b.since)
  ), numbered AS (
    SELECT p.*, count(*) FILTER (WHERE p.begins) OVER (PARTITION BY p.kind, p.code ORDER BY p.since) AS run FROM piece p
  )
  SELECT n.kind, n.code, min(n.since) AS since, nullif(max(coalesce(n.until, 'infinity')), 'infinity') AS until,
    max(n.id) AS plan_id, min(n.per) AS per,
    CASE WHEN plan_period_v1(min(n.per), min(n.since)) = min(n.since) THEN min(n.since)
      ELSE plan_period_after_v1(min(n.per), plan_period_v1(min(n.per), min(n.since))) END AS first_due
  FROM numbered n GROUP BY n.kind, n.code, n.run;

  -- Looks are counted anew from the first day on which something is other than it was.
  CREATE TEMP TABLE run_changed ON COMMIT DROP AS
  SELECT n.kind, n.code, n.since,
    CASE WHEN r.since IS NULL OR (r.per, op.code, op.terms) IS DISTINCT FROM (n.per, np.code, np.terms) THEN n.since
      ELSE least(coalesce(r.until, 'infinity'), coalesce(n.until, 'infinity')) END AS anew_from
  FROM run_now n JOIN patrol_plan np ON np.id = n.plan_id
  LEFT JOIN plan_run r ON (r.kind, r.code, r.since) = (n.kind, n.code, n.since)
  LEFT JOIN patrol_plan op ON op.id = r.plan_id
  WHERE r.since IS NULL OR r.until IS DISTINCT FROM n.until
    OR (r.per, op.code, op.terms) IS DISTINCT FROM (n.per, np.code, np.terms);

  DELETE FROM plan_run r
  WHERE (p_codes IS NULL OR (r.kind, r.code) IN (SELECT * FROM unnest(p_kinds, p_codes)))
    AND NOT EXISTS (SELECT 1 FROM run_now n WHERE (n.kind, n.code, n.since) = (r.kind, r.code, r.since));
  INSERT INTO plan_run AS r (kind, code, since, until, plan_id, per, first_due)
  SELECT n.kind, n.code, n.since, n.until, n.plan_id, n.per, n.first_due FROM run_now n
  ON CONFLICT ON CONSTRAINT plan_run_pkey DO UPDATE
  SET until = EXCLUDED.until, plan_id = EXCLUDED.plan_id, per = EXCLUDED.per, first_due = EXCLUDED.first_due
  WHERE (r.until, r.plan_id, r.per, r.first_due)
    IS DISTINCT FROM (EXCLUDED.until, EXCLUDED.plan_id, EXCLUDED.per, EXCLUDED.first_due);

  DELETE FROM plan_met m USING run_changed c
  WHERE (m.kind, m.code, m.since) = (c.kind, c.code, c.since) AND c.anew_from = c.since;
  SELECT array_agg(t.kind) AS kinds, array_agg(t.code) AS codes, array_agg(t.since) AS sinces,
    array_agg(t.period) AS periods
  INTO changed
  FROM (
    SELECT DISTINCT c.kind, c.code, c.since, plan_period_v1(r.per, v.day) AS period
    FROM run_changed c JOIN plan_run r ON (r.kind, r.code, r.since) = (c.kind, c.code, c.since)
    JOIN patrol_front f ON (f.kind, f.code) = (c.kind, c.code)
    JOIN visit v ON v.zone_id = f.zone_id
      AND v.day >= plan_period_v1(r.per, c.anew_from)) t;
  DROP TABLE run_now, run_changed;
  PERFORM plan_recount_v1(changed.kinds, changed.codes, changed.sinces, changed.periods);
END $$;
""")


def _counting() -> None:
    run("""
-- The looks that count of one period of one run: visits of its plan's kinds, hours, team, surety and share, by anybody;
-- one that begins while another goes on is no look more.
CREATE FUNCTION plan_counts_v1(p_kind text, p_code text, p_since date, p_period date)
RETURNS TABLE (looks bigint, met_on date) LANGUAGE sql STABLE AS $$
  SELECT count(*), min(n.day) FILTER (WHERE n.look = n.wanted)
  FROM (
    SELECT l.day, l.wanted, row_number() OVER (ORDER BY l.from_at, l.to_at) AS look
    FROM (
      SELECT v.day, v.from_at, v.to_at, p.visits AS wanted,
        v.from_at <= max(v.to_at) OVER (ORDER BY v.from_at, v.to_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS goes_on
      FROM plan_run r
      JOIN patrol_plan p ON p.id = r.plan_id
      JOIN patrol_plan_set s ON s.id = p.set_id
      JOIN zone z ON z.kind = r.kind AND z.code = r.code
      JOIN patrol_front f ON f.zone_id = z.id
      JOIN visit v ON v.zone_id = f.zone_id
        AND v.day >= greatest(p_period, r.since) AND v.day < least(plan_period_after_v1(r.per, p_period), r.until)
        -- For the index: wherever the clocks are, a local day begins and ends within a day of that of UTC.
        AND v.from_at >= CAST(p_period - 1 AS timestamp) AT TIME ZONE 'UTC'
        AND v.from_at < CAST(plan_period_after_v1(r.per, p_period) + 1 AS timestamp) AT TIME ZONE 'UTC'
      LEFT JOIN shift h ON h.id = v.shift_id AND p.team_id IS NOT NULL
      WHERE (r.kind, r.code, r.since) = (p_kind, p_code, p_since)
        AND v.kind = ANY (p.visit_kinds) AND (v.certain OR p.probable)
        AND (v.kind <> 'patrol' OR CASE WHEN p.probable THEN v.probable_m ELSE v.certain_m END >= p.share_min * f.length_m)
        AND (p.minutes IS NULL OR p.minutes @> minute_of_week_v1(v.from_at, s.time_zone)
          OR p.minutes @> minute_of_week_v1(v.to_at, s.time_zone))
        AND (p.team_id IS NULL OR p.team_id = h.team_id OR (h.team_id IS NULL AND EXISTS (
          SELECT 1 FROM team_member m WHERE m.team_id = p.team_id AND m.account_id = v.account_id AND m.valid @> v.day)))
    ) l
    WHERE l.goes_on IS NOT TRUE
  ) n
$$;

CREATE FUNCTION plan_recount_v1(p_kinds text[], p_codes text[], p_sinces date[], p_periods date[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  WITH counted AS MATERIALIZED (
    SELECT a.kind, a.code, a.since, a.period, c.looks, c.met_on
    FROM unnest(p_kinds, p_codes, p_sinces, p_periods) AS a (kind, code, since, period)
    CROSS JOIN LATERAL plan_counts_v1(a.kind, a.code, a.since, a.period) c
  ), gone AS (
    DELETE FROM plan_met m USING counted c
    WHERE c.looks = 0 AND (m.kind, m.code, m.since, m.period) = (c.kind, c.code, c.since, c.period)
  )
  INSERT INTO plan_met AS m (kind, code, since, period, looks, met_on)
  SELECT c.kind, c.code, c.since, c.period, c.looks, c.met_on FROM counted c WHERE c.looks > 0
  ORDER BY c.kind, c.code, c.since, c.period
  ON CONFLICT ON CONSTRAINT plan_met_pkey DO UPDATE SET looks = EXCLUDED.looks, met_on = EXCLUDED.met_on
  WHERE (m.looks, m.met_on) IS DISTINCT FROM (EXCLUDED.looks, EXCLUDED.met_on);
END $$;

-- What covering calls at the end of a pass, in its transaction: visits of these zones on these local days (arrays side by
-- side) were added, changed or removed.
CREATE FUNCTION plan_progress_v1(p_zones bigint[], p_days date[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_day date := (SELECT d.day FROM standing_day d);
  touched record;
BEGIN
  -- Beside other passes, never beside a change of plans or of the day.
  PERFORM pg_advisory_xact_lock_shared(hashtext('patrol_plan'));
  SELECT array_agg(t.kind) AS kinds, array_agg(t.code) AS codes, array_agg(t.since) AS sinces,
    array_agg(t.period) AS periods
  INTO touched
  FROM (
    SELECT DISTINCT r.kind, r.code, r.since, plan_period_v1(r.per, d.day) AS period
    FROM unnest(p_zones, p_days) AS d (zone_id, day)
    JOIN patrol_front f ON f.zone_id = d.zone_id
    JOIN plan_run r ON r.kind = f.kind AND r.code = f.code AND r.since <= d.day AND d.day < coalesce(r.until, 'infinity')) t;
  PERFORM plan_recount_v1(touched.kinds, touched.codes, touched.sinces, touched.periods);
  -- What has a row changes in three dates at most, and nothing of its place is worked out again.
  UPDATE front_standing s
  SET visited_until = w.visited_until, overdue_from = w.overdue_from, seen_at = w.seen_at
  FROM (SELECT DISTINCT z.kind, z.code FROM zone z WHERE z.id = ANY (p_zones)) c
  CROSS JOIN LATERAL front_dates(c.kind, c.code, v_day) w
  WHERE v_day IS NOT NULL AND s.kind = c.kind AND s.code = c.code
    AND (s.visited_until, s.overdue_from, s.seen_at) IS DISTINCT FROM (w.visited_until, w.overdue_from, w.seen_at);
END $$;
""")


def _standing() -> None:
    run("""
-- What the place a code names comes to on a day: always one row. No rights are looked at: for functions of the owner.
CREATE FUNCTION front_dates(p_kind text, p_code text, p_day date)
RETURNS TABLE (plan_id bigint, team_id bigint, visited_until date, overdue_from date, seen_at timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT r.plan_id, p.team_id, plan_period_after_v1(r.per, met.period),
    plan_period_after_v1(r.per, greatest(r.first_due, plan_period_after_v1(r.per, met.period))), seen.at
  FROM (SELECT 1) one
  LEFT JOIN plan_run r ON r.kind = p_kind AND r.code = p_code AND r.since <= p_day AND p_day < coalesce(r.until, 'infinity')
  LEFT JOIN patrol_plan p ON p.id = r.plan_id
  CROSS JOIN LATERAL (
    SELECT max(m.period) AS period FROM plan_met m
    WHERE m.kind = r.kind AND m.code = r.code AND m.since = r.since AND m.met_on <= p_day) met
  CROSS JOIN LATERAL (
    SELECT max(newest.to_at) AS at FROM zone o CROSS JOIN LATERAL (
      SELECT v.to_at FROM visit v WHERE v.zone_id = o.id AND v.day <= p_day
      ORDER BY v.from_at DESC, v.to_at DESC LIMIT 1) newest
    WHERE o.kind = p_kind AND o.code = p_code) seen
$$;
REVOKE ALL ON FUNCTION front_dates(text, text, date) FROM PUBLIC;

-- How fronts stand on a day, all visits until its end counted. No rights are looked at: for functions of the owner.
CREATE FUNCTION front_standing_rows(p_day date)
RETURNS TABLE (zone_id bigint, kind text, code text, township_code text, street text, length_m double precision,
  cell bigint, plan_id bigint, team_id bigint, visited_until date, overdue_from date, seen_at timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT f.zone_id, f.kind, f.code, f.township_code, f.street, CAST(f.length_m AS double precision),
    tile_key(ST_Centroid(z.geom)) >> 12, w.plan_id, w.team_id, w.visited_until, w.overdue_from, w.seen_at
  FROM patrol_front f
  JOIN zone z ON z.id = f.zone_id AND z.valid @> p_day
  CROSS JOIN LATERAL front_dates(f.kind, f.code, p_day) w
$$;
REVOKE ALL ON FUNCTION front_standing_rows(date) FROM PUBLIC;

-- The same for whoever asks, as far as they may know: of days that front_standing does not speak of.
CREATE FUNCTION front_standing_on_v1(p_day date)
RETURNS TABLE (zone_id bigint, kind text, code text, township_code text, street text, length_m double precision,
  cell bigint, plan_id bigint, team_id bigint, visited_until date, overdue_from date, seen_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_ours record;
BEGIN
  SELECT o.kind = 'district' AS all_of_it, o.code INTO v_ours FROM organisation o WHERE o.id = current_organisation();
  RETURN QUERY SELECT r.* FROM front_standing_rows(p_day) r WHERE v_ours.all_of_it OR r.township_code = v_ours.code;
END $$;

-- Keep how these zones stand, as of the day that is kept.
CREATE FUNCTION front_standing_put_v1(p_zones bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_day date := (SELECT d.day FROM standing_day d);
  -- A visit to an earlier version of a zone is one to the place its code names.
  v_zones bigint[] := ARRAY(SELECT DISTINCT o.id FROM zone z JOIN zone o ON o.kind = z.kind AND o.code = z.code
    WHERE z.id = ANY (p_zones));
BEGIN
  IF v_day IS NULL THEN
    RETURN;
  END IF;
  DELETE FROM front_standing s USING zone z WHERE s.zone_id = ANY (v_zones) AND z.id = s.zone_id AND NOT z.valid @> v_day;
  INSERT INTO front_standing AS s
  SELECT r.* FROM front_standing_rows(v_day) r WHERE r.zone_id = ANY (v_zones) ORDER BY r.zone_id
  ON CONFLICT ON CONSTRAINT front_standing_pkey DO UPDATE
  SET plan_id = EXCLUDED.plan_id, team_id = EXCLUDED.team_id, visited_until = EXCLUDED.visited_until,
    overdue_from = EXCLUDED.overdue_from, seen_at = EXCLUDED.seen_at, street = EXCLUDED.street, length_m = EXCLUDED.length_m
  WHERE s.* IS DISTINCT FROM EXCLUDED.*;
END $$;

-- Bring what is kept to a day: at a new one other plans, periods and zones count. Returns whether it was another day.
CREATE FUNCTION front_standing_day_v1(p_day date) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM standing_day d WHERE d.day = p_day) THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('patrol_plan'));
  CREATE TEMP TABLE standing_now ON COMMIT DROP AS SELECT r.* FROM front_standing_rows(p_day) r;
  DELETE FROM front_standing s WHERE NOT EXISTS (SELECT 1 FROM standing_now n WHERE n.zone_id = s.zone_id);
  INSERT INTO front_standing AS s SELECT n.* FROM standing_now n ORDER BY n.kind, n.code
  ON CONFLICT ON CONSTRAINT front_standing_pkey DO UPDATE
  SET plan_id = EXCLUDED.plan_id, team_id = EXCLUDED.team_id, visited_until = EXCLUDED.visited_until,
    overdue_from = EXCLUDED.overdue_from, seen_at = EXCLUDED.seen_at, street = EXCLUDED.street, length_m = EXCLUDED.length_m
  WHERE s.* IS DISTINCT FROM EXCLUDED.*;
  INSERT INTO standing_day AS d VALUES (true, p_day) ON CONFLICT ON CONSTRAINT standing_day_pkey DO UPDATE SET day = p_day;
  DROP TABLE standing_now;
  RETURN true;
END $$;

-- New fronts, and zones that ended: their plans and how they stand.
CREATE FUNCTION plan_fronts_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('patrol_plan'));
  PERFORM plan_runs_v1(array_agg(c.kind), array_agg(c.code)) FROM (SELECT DISTINCT f.kind, f.code FROM added f) c;
  PERFORM front_standing_put_v1(array_agg(f.zone_id)) FROM added f;
  RETURN NULL;
END $$;
CREATE TRIGGER plan_fronts_came AFTER INSERT ON patrol_front REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION plan_fronts_came();

CREATE FUNCTION plan_zones_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM removed z JOIN patrol_front f ON f.zone_id = z.id) THEN
    PERFORM pg_advisory_xact_lock(hashtext('patrol_plan'));
    PERFORM plan_runs_v1(array_agg(c.kind), array_agg(c.code)) FROM (SELECT DISTINCT z.kind, z.code FROM removed z) c;
    PERFORM front_standing_put_v1(array_agg(z.id)) FROM removed z;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER plan_zones_ended AFTER UPDATE ON zone REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION plan_zones_ended();
""")
    # Whoever may change zones need not be able to write plans.
    definer("plan_fronts_came", "")
    definer("plan_zones_ended", "")


def _asking() -> None:
    run("""
-- Visits by weekday (1 is Monday) and hour of their beginning, on the clocks of the district; nobody is named.
CREATE FUNCTION coverage_hours_v1(p_from date, p_to date, p_time_zone text, p_township text, p_street text, p_kind text,
  p_box double precision[])
RETURNS TABLE (weekday integer, hour integer, visits bigint, zones bigint) LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_ours record;
BEGIN
  SELECT o.kind = 'district' AS all_of_it, o.code INTO v_ours FROM organisation o WHERE o.id = current_organisation();
  RETURN QUERY
  SELECT CAST(extract(isodow FROM v.at) AS integer), CAST(extract(hour FROM v.at) AS integer), count(*),
    count(DISTINCT v.zone_id)
  FROM (
    SELECT v.zone_id, v.from_at AT TIME ZONE p_time_zone AS at FROM visit v JOIN patrol_front f ON f.zone_id = v.zone_id
    WHERE v.day BETWEEN p_from AND p_to AND (v_ours.all_of_it OR f.township_code = v_ours.code)
      AND (p_township IS NULL OR f.township_code = p_township) AND (p_street IS NULL OR f.street = p_street)
      AND (p_kind IS NULL OR f.kind = p_kind)
      AND (p_box IS NULL OR EXISTS (SELECT 1 FROM zone z WHERE z.id = f.zone_id
        AND z.geom && ST_MakeEnvelope(p_box[1], p_box[2], p_box[3], p_box[4], 4326)))) v
  GROUP BY 1, 2 ORDER BY 1, 2;
END $$;

-- What one officer saw on local days p_from to p_to; for the officer, and for those who answer for patrol in their scope,
-- whose look is noted here. For anybody else there is no such officer.
CREATE FUNCTION coverage_of_officer_v1(p_account uuid, p_from date, p_to date, p_time_zone text, p_at timestamptz)
RETURNS TABLE (zone_id bigint, certain varbit, probable varbit, visits integer, last_at timestamptz) LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM account a WHERE a.id = p_account AND (a.id = current_account()
      OR (asks_as('dispatcher', 'zone_manager') AND may_see(a.organisation_id, a.id)))) THEN
    RAISE EXCEPTION 'no officer to look at' USING ERRCODE = 'no_data_found', CONSTRAINT = 'coverage_officer_known';
  END IF;
  PERFORM position_look_v1(ARRAY[p_account], 'coverage_of_officer', NULL, CAST(p_from AS timestamp) AT TIME ZONE p_time_zone,
    CAST(p_to + 1 AS timestamp) AT TIME ZONE p_time_zone, p_at);
  RETURN QUERY SELECT o.zone_id, o.certain, o.probable, o.visits, o.last_at
  FROM officer_coverage_v1(p_account, p_from, p_to, p_time_zone) o;
END $$;
""")


def _activating() -> None:
    run("""
-- The plans of a set that comes into force, one a row, and what they change.
CREATE FUNCTION patrol_plans_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('patrol_plan'));
  INSERT INTO patrol_plan (set_id, code, terms, zone_kind, township_code, streets, codes, rank, visits, per, minutes,
    team_id, probable, visit_kinds, share_min)
  SELECT NEW.id, p.code, p.terms, p.zone_kind, p.township, p.streets, p.codes,
    8 * (p.codes IS NOT NULL)::integer + 4 * (p.streets IS NOT NULL)::integer + 2 * (p.township IS NOT NULL)::integer
      + (p.zone_kind IS NOT NULL)::integer,
    p.visits, p.per, p.minutes, p.team_id, p.probable, p.visit_kinds, p.share_min
  FROM json_to_recordset(NEW.plans) AS p (code text, terms text, zone_kind text, township text, streets text[], codes text[],
    visits integer, per text, minutes int4multirange, team_id bigint, probable boolean, visit_kinds text[],
    share_min double precision);
  PERFORM plan_runs_v1(NULL, NULL);
  PERFORM front_standing_put_v1(ARRAY(SELECT f.zone_id FROM patrol_front f));
  RETURN NULL;
END $$;
CREATE TRIGGER patrol_plans_came AFTER UPDATE ON patrol_plan_set FOR EACH ROW
  WHEN (OLD.version IS NULL AND NEW.version IS NOT NULL) EXECUTE FUNCTION patrol_plans_came();

-- Bring a draft into force on a day and end the set before it; says what came of it. Rights are the caller's. Only the
-- first set may begin in the past: what was judged by a plan stays judged by it.
CREATE FUNCTION patrol_plans_activate_v1(p_set bigint, p_from date, p_today date, p_at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  draft record;
  newest record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('patrol_plans_activate_v1'));
  SELECT s.version, s.valid INTO draft FROM patrol_plan_set s WHERE s.id = p_set;
  IF NOT FOUND THEN
    RETURN 'missing';
  ELSIF draft.version IS NOT NULL THEN
    RETURN CASE WHEN lower(draft.valid) = p_from THEN 'same' ELSE 'in_force' END;
  END IF;
  SELECT s.id, s.version, lower(s.valid) AS since INTO newest FROM patrol_plan_set s
  WHERE s.version IS NOT NULL ORDER BY s.version DESC LIMIT 1;
  IF newest.since >= p_from THEN
    RETURN 'early';
  ELSIF newest.id IS NOT NULL AND p_from < p_today THEN
    RETURN 'judged';
  END IF;
  UPDATE patrol_plan_set s SET valid = daterange(lower(s.valid), p_from) WHERE s.id = newest.id;
  UPDATE patrol_plan_set s
  SET version = coalesce(newest.version, 0) + 1, valid = daterange(p_from, NULL), activated_at = p_at,
    activated_by = current_account()
  WHERE s.id = p_set;
  RETURN 'activated';
END $$;
""")
    definer("patrol_plans_came", "")


def downgrade() -> None:
    for name, arguments in (DEFINERS | FOR_THE_WORKER | INNER).items():
        run(f"DROP FUNCTION {name}({arguments})")
    run("""
DROP TRIGGER plan_zones_ended ON zone;
DROP TRIGGER plan_fronts_came ON patrol_front;
DROP TRIGGER patrol_plans_came ON patrol_plan_set;
DROP FUNCTION plan_zones_ended();
DROP FUNCTION plan_fronts_came();
DROP FUNCTION patrol_plans_came();
DROP FUNCTION patrol_plans_activate_v1(bigint, date, date, timestamptz);
DROP FUNCTION front_standing_rows(date);
DROP FUNCTION front_dates(text, text, date);
DROP FUNCTION minute_of_week_v1(timestamptz, text);
DROP FUNCTION front_status_v1(bigint, date, date, timestamptz, bigint, date);
DROP FUNCTION plan_period_after_v1(text, date);
DROP FUNCTION plan_period_v1(text, date);
DROP TABLE standing_day;
DROP TABLE front_standing;
DROP TABLE plan_met;
DROP TABLE plan_run;
DROP TABLE patrol_plan;
DROP TABLE patrol_plan_set;
DROP FUNCTION patrol_plan_set_keeps();
""")
