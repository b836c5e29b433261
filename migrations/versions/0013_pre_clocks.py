"""Work calendars, office hours, deadline tables, and the clocks of cases with the marks that were told of them."""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, append_only, definer, run, secure

revision = "0013"
down_revision = "0012"

KEPT = ("work_calendar", "office_hours", "work_schedule", "case_mark")
SIGNED_IN = "current_account() IS NOT NULL"
DISTRICT = "current_scope() = 'district'"


def upgrade() -> None:
    _schedules()
    _deadlines()
    _clocks()
    _marks()
    _beginning()


def _schedules() -> None:
    run("""
CREATE TABLE work_calendar (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT work_calendar_pkey PRIMARY KEY,
  name text NOT NULL CONSTRAINT work_calendar_name_length CHECK (length(name) BETWEEN 1 AND 200),
  source text NOT NULL,
  sample boolean NOT NULL,
  published_on date,
  digest text NOT NULL CONSTRAINT work_calendar_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  years integer[] NOT NULL CONSTRAINT work_calendar_years_some CHECK (cardinality(years) > 0),
  days json NOT NULL,
  created_at timestamptz NOT NULL,
  created_by uuid CONSTRAINT work_calendar_created_by_fkey REFERENCES account (id)
);
COMMENT ON TABLE work_calendar IS 'each row is all that was known of holidays and make-up days; the newest counts';
COMMENT ON COLUMN work_calendar.days IS 'JSON with sorted members; its SHA-256 is digest';

CREATE TABLE office_hours (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT office_hours_pkey PRIMARY KEY,
  organisation_id uuid NOT NULL CONSTRAINT office_hours_organisation_id_fkey REFERENCES organisation (id),
  valid_from date NOT NULL,
  hours text NOT NULL,
  source text NOT NULL,
  sample boolean NOT NULL,
  created_at timestamptz NOT NULL,
  created_by uuid CONSTRAINT office_hours_created_by_fkey REFERENCES account (id)
);
CREATE INDEX office_hours_of_organisation ON office_hours (organisation_id, valid_from, id);
COMMENT ON COLUMN office_hours.hours IS 'windows as in 1-5 08:30-12:00; of two rows of one day the newer counts';

CREATE TABLE work_schedule (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT work_schedule_pkey PRIMARY KEY,
  organisation_id uuid NOT NULL CONSTRAINT work_schedule_organisation_id_fkey REFERENCES organisation (id),
  since date NOT NULL,
  digest text NOT NULL CONSTRAINT work_schedule_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  content json NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX work_schedule_of_organisation ON work_schedule (organisation_id, since, id);
COMMENT ON TABLE work_schedule IS 'hours and calendar of one body put together: what clocks are counted by';
COMMENT ON COLUMN work_schedule.content IS 'JSON with sorted members; its SHA-256 is digest';

-- The schedule of a body on a day, else that of the district; no content when the asker holds it already, null without
-- one. Before the first day of any, the first counts.
CREATE FUNCTION schedule_on_v1(p_body uuid, p_on date, p_held bigint[]) RETURNS json LANGUAGE sql STABLE AS $$
  SELECT json_build_object('id', s.id, 'digest', s.digest,
    'content', CASE WHEN s.id = ANY (p_held) THEN NULL ELSE s.content END)
  FROM work_schedule s JOIN organisation o ON o.id = s.organisation_id
  WHERE s.organisation_id = p_body OR o.kind = 'district'
  ORDER BY s.organisation_id = p_body DESC, s.since <= p_on DESC,
    CASE WHEN s.since <= p_on THEN s.id ELSE -s.id END DESC
  LIMIT 1
$$;
""")
    append_only(["work_calendar", "office_hours", "work_schedule"])
    for table in ("work_calendar", "office_hours", "work_schedule"):
        secure(table, read=SIGNED_IN, insert=DISTRICT)


def _deadlines() -> None:
    run("""
CREATE TABLE deadline_table (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT deadline_table_pkey PRIMARY KEY,
  name text NOT NULL CONSTRAINT deadline_table_name_length CHECK (length(name) BETWEEN 1 AND 200),
  jurisdiction text NOT NULL,
  source text NOT NULL,
  sample boolean NOT NULL,
  list_id text NOT NULL,
  list_version text NOT NULL,
  digest text NOT NULL CONSTRAINT deadline_table_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  rows json NOT NULL,
  created_at timestamptz NOT NULL,
  created_by uuid CONSTRAINT deadline_table_created_by_fkey REFERENCES account (id),
  version integer CONSTRAINT deadline_table_version_key UNIQUE
    CONSTRAINT deadline_table_version_positive CHECK (version > 0),
  valid daterange CONSTRAINT deadline_table_valid_not_empty CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
  activated_at timestamptz,
  activated_by uuid CONSTRAINT deadline_table_activated_by_fkey REFERENCES account (id),
  CONSTRAINT deadline_table_draft_or_version
    CHECK ((version IS NULL) = (valid IS NULL) AND (version IS NULL) = (activated_at IS NULL)),
  CONSTRAINT deadline_table_one_at_a_time EXCLUDE USING gist (valid WITH &&)
);
COMMENT ON COLUMN deadline_table.rows IS 'JSON with sorted members, by category; its SHA-256 is digest';
COMMENT ON COLUMN deadline_table.version IS 'given when a draft comes into force';

-- What stands in a table never changes: a draft comes into force once, a table in force ends once, and a version, which
-- cases name, stays for ever.
CREATE FUNCTION deadline_table_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.version IS NULL THEN
    RETURN OLD;
  ELSIF TG_OP = 'DELETE' OR (OLD.id, OLD.name, OLD.jurisdiction, OLD.source, OLD.sample, OLD.list_id, OLD.list_version,
      OLD.digest, OLD.rows::text, OLD.created_at, OLD.created_by)
     IS DISTINCT FROM
     (NEW.id, NEW.name, NEW.jurisdiction, NEW.source, NEW.sample, NEW.list_id, NEW.list_version,
      NEW.digest, NEW.rows::text, NEW.created_at, NEW.created_by)
     OR (OLD.version IS NOT NULL AND (
       (OLD.version, OLD.activated_at, OLD.activated_by, lower(OLD.valid))
       IS DISTINCT FROM (NEW.version, NEW.activated_at, NEW.activated_by, lower(NEW.valid)) OR NOT upper_inf(OLD.valid)))
  THEN
    RAISE EXCEPTION 'a table of deadlines only comes into force and ends'
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'deadline_table_keeps';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER deadline_table_keeps BEFORE UPDATE OR DELETE ON deadline_table
  FOR EACH ROW EXECUTE FUNCTION deadline_table_keeps();

-- The row in force on a day for a category, or for the nearest one above it that has a row, with its table; null
-- without one. A case keeps what this answered when it was opened.
CREATE FUNCTION case_deadline_v1(p_category text, p_on date) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
  chosen record;
  path text[];
BEGIN
  SELECT t.id, t.version, t.name, t.jurisdiction, t.sample, t.list_id, t.list_version, t.rows INTO chosen
  FROM deadline_table t WHERE t.valid @> p_on;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  path := category_path_v1(p_category, p_on);
  FOR place IN REVERSE cardinality(path) .. 1 LOOP
    IF chosen.rows -> path[place] IS NOT NULL THEN
      RETURN jsonb_build_object('table', jsonb_build_object('id', chosen.id, 'version', chosen.version,
        'name', chosen.name, 'jurisdiction', chosen.jurisdiction, 'sample', chosen.sample,
        'code_list', jsonb_build_object('id', chosen.list_id, 'version', chosen.list_version)),
        'category', path[place]) || CAST(chosen.rows -> path[place] AS jsonb);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- Bring a draft into force on a day and end the table before it; says what came of it. Rights are the caller's.
CREATE FUNCTION deadlines_activate_v1(p_table bigint, p_from date, p_today date, p_at timestamptz)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  draft record;
  newest record;
BEGIN
  -- One at a time, so that two never both see the same table as the newest.
  PERFORM pg_advisory_xact_lock(hashtext('deadlines_activate_v1'));
  SELECT t.version, t.valid INTO draft FROM deadline_table t WHERE t.id = p_table;
  IF NOT FOUND THEN
    RETURN 'missing';
  ELSIF draft.version IS NOT NULL THEN
    RETURN CASE WHEN lower(draft.valid) = p_from THEN 'same' ELSE 'in_force' END;
  END IF;
  SELECT t.id, t.version, lower(t.valid) AS since INTO newest FROM deadline_table t
  WHERE t.version IS NOT NULL ORDER BY t.version DESC LIMIT 1;
  IF newest.since >= p_from THEN
    RETURN 'early';
  ELSIF newest.id IS NOT NULL AND p_from < p_today THEN
    RETURN 'past';
  END IF;
  UPDATE deadline_table t SET valid = daterange(lower(t.valid), p_from) WHERE t.id = newest.id;
  UPDATE deadline_table t
  SET version = coalesce(newest.version, 0) + 1, valid = daterange(p_from, NULL), activated_at = p_at,
    activated_by = current_account()
  WHERE t.id = p_table;
  RETURN 'activated';
END $$;
""")
    secure("deadline_table", read=SIGNED_IN, insert=DISTRICT, update=DISTRICT)
    run(f"GRANT UPDATE (version, valid, activated_at, activated_by) ON deadline_table TO {SERVER_ROLE}")


def _clocks() -> None:
    run("""
CREATE TABLE case_clock (
  case_id uuid NOT NULL CONSTRAINT case_clock_case_id_fkey REFERENCES case_file (id),
  name text NOT NULL CONSTRAINT case_clock_name_form CHECK (name ~ '^[a-z][a-z_]{0,39}$'),
  round integer NOT NULL CONSTRAINT case_clock_round_positive CHECK (round > 0),
  started_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  yellow_at timestamptz NOT NULL,
  red_at timestamptz NOT NULL,
  paused_at timestamptz,
  stopped_at timestamptz,
  running_since timestamptz NOT NULL,
  allowed_us bigint NOT NULL,
  used_us bigint NOT NULL,
  amount json NOT NULL,
  marks json NOT NULL,
  extended json NOT NULL,
  uncovered integer[] NOT NULL,
  schedule_id bigint CONSTRAINT case_clock_schedule_id_fkey REFERENCES work_schedule (id),
  next_at timestamptz,
  CONSTRAINT case_clock_pkey PRIMARY KEY (case_id, name, round)
);
CREATE INDEX case_clock_next ON case_clock (next_at) WHERE next_at IS NOT NULL;
COMMENT ON TABLE case_clock IS 'where each clock stands, worked out from the ledger: frontage clocks check does it again';
COMMENT ON COLUMN case_clock.round IS 'how often a clock of this name began in the case';
COMMENT ON COLUMN case_clock.next_at IS 'when the next mark is due that was not told; null for a clock that stands still';

CREATE TABLE case_mark (
  case_id uuid NOT NULL,
  name text NOT NULL,
  round integer NOT NULL,
  mark text NOT NULL CONSTRAINT case_mark_known CHECK (mark IN ('yellow', 'red', 'overdue')),
  reached_at timestamptz NOT NULL,
  marked_at timestamptz NOT NULL,
  CONSTRAINT case_mark_pkey PRIMARY KEY (case_id, name, round, mark),
  CONSTRAINT case_mark_clock FOREIGN KEY (case_id, name, round) REFERENCES case_clock (case_id, name, round)
);

-- The marks of a clock that were not told yet.
CREATE FUNCTION clock_marks_left(p_clock case_clock) RETURNS TABLE (mark text, reached_at timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT m.mark, m.reached_at
  FROM (VALUES ('yellow', p_clock.yellow_at), ('red', p_clock.red_at), ('overdue', p_clock.due_at)) m (mark, reached_at)
  WHERE p_clock.paused_at IS NULL AND p_clock.stopped_at IS NULL
    AND NOT EXISTS (
      SELECT 1 FROM case_mark t
      WHERE t.case_id = p_clock.case_id AND t.name = p_clock.name AND t.round = p_clock.round AND t.mark = m.mark)
$$;

-- Keep the clocks that one action changed: an array of what server.cases.clocks.Clock.to_json tells, by name. A clock
-- that began again gets a row of its own: told by its round, else by a later start. Only functions with the owner's rights call it, in the transaction that
-- writes the ledger entry.
CREATE FUNCTION case_clock_put_v1(p_case uuid, p_clocks jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO case_clock AS c (case_id, name, round, started_at, due_at, yellow_at, red_at, paused_at, stopped_at,
    running_since, allowed_us, used_us, amount, marks, extended, uncovered, schedule_id)
  SELECT p_case, n.name,
    coalesce(n.round, (SELECT max(o.round) + CAST(max(o.started_at) < n.started_at AS integer) FROM case_clock o
      WHERE o.case_id = p_case AND o.name = n.name), 1),
    n.started_at, n.due_at, n.yellow_at, n.red_at, n.paused_at, n.stopped_at, n.running_since, n.allowed_us, n.used_us,
    n.amount, n.marks, n.extended, n.uncovered, n.schedule_id
  FROM jsonb_to_recordset(p_clocks) AS n (name text, round integer, started_at timestamptz, due_at timestamptz, yellow_at timestamptz,
    red_at timestamptz, paused_at timestamptz, stopped_at timestamptz, running_since timestamptz, allowed_us bigint,
    used_us bigint, amount json, marks json, extended json, uncovered integer[], schedule_id bigint)
  ON CONFLICT ON CONSTRAINT case_clock_pkey DO UPDATE
  SET due_at = EXCLUDED.due_at, yellow_at = EXCLUDED.yellow_at, red_at = EXCLUDED.red_at,
    paused_at = EXCLUDED.paused_at, stopped_at = EXCLUDED.stopped_at, running_since = EXCLUDED.running_since,
    allowed_us = EXCLUDED.allowed_us, used_us = EXCLUDED.used_us, extended = EXCLUDED.extended,
    uncovered = EXCLUDED.uncovered, schedule_id = EXCLUDED.schedule_id;
  UPDATE case_clock c SET next_at = (SELECT min(m.reached_at) FROM clock_marks_left(c) m)
  WHERE c.case_id = p_case AND c.name IN (SELECT n ->> 'name' FROM jsonb_array_elements(p_clocks) n);
END $$;
REVOKE ALL ON FUNCTION case_clock_put_v1(uuid, jsonb) FROM PUBLIC;

-- The clocks of a case as server.cases.clocks.Clock.from_json reads them, each in its newest round. Rights are the
-- caller's.
CREATE FUNCTION case_clocks_v1(p_case uuid) RETURNS json LANGUAGE sql STABLE AS $$
  SELECT coalesce(json_agg(json_build_object('name', c.name, 'round', c.round, 'amount', c.amount,
    'started_at', c.started_at, 'due_at', c.due_at, 'yellow_at', c.yellow_at, 'red_at', c.red_at,
    'allowed_us', c.allowed_us, 'running_since', c.running_since, 'marks', c.marks, 'used_us', c.used_us,
    'paused_at', c.paused_at, 'stopped_at', c.stopped_at, 'extended', c.extended, 'uncovered', c.uncovered,
    'schedule_id', c.schedule_id) ORDER BY c.started_at, c.name), '[]')
  FROM case_clock c
  WHERE c.case_id = p_case AND NOT EXISTS (
    SELECT 1 FROM case_clock o WHERE o.case_id = c.case_id AND o.name = c.name AND o.round > c.round)
$$;
""")
    secure("case_clock", read="EXISTS (SELECT 1 FROM case_file c WHERE c.id = case_id)")
    secure("case_mark", read="EXISTS (SELECT 1 FROM case_file c WHERE c.id = case_id)")
    append_only(["case_mark"])


def _marks() -> None:
    run("""
-- Tell the marks that running clocks have passed, oldest first, at most p_rows clocks at a time; returns how many. Each
-- mark of a round is told once: its row, its ledger entry and its messages are one transaction, and a clock that another
-- worker has in hand is left to it. Locks are never waited for, so an action on the same case cannot be in the way.
CREATE FUNCTION clocks_tick_v1(p_now timestamptz, p_rows integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  passed record;
  marked text;
  told integer := 0;
BEGIN
  FOR passed IN
    SELECT c AS clock, f.id, f.number, f.state, f.version, f.organisation_id, f.category, f.township_code
    FROM case_clock c JOIN case_file f ON f.id = c.case_id
    WHERE c.next_at < p_now
    ORDER BY c.next_at
    LIMIT p_rows
    FOR UPDATE OF f, c SKIP LOCKED
  LOOP
    -- A worker that was away tells the last of several marks only; the others are written down with it.
    WITH written AS (
      INSERT INTO case_mark (case_id, name, round, mark, reached_at, marked_at)
      SELECT (passed.clock).case_id, (passed.clock).name, (passed.clock).round, m.mark, m.reached_at, p_now
      FROM clock_marks_left(passed.clock) m WHERE m.reached_at < p_now
      RETURNING case_mark.mark, case_mark.reached_at)
    SELECT w.mark INTO marked FROM written w
    ORDER BY array_position(ARRAY['overdue', 'red', 'yellow'], w.mark) LIMIT 1;
    UPDATE case_clock c SET next_at = (SELECT min(m.reached_at) FROM clock_marks_left(c) m)
    WHERE c.case_id = passed.id AND c.name = (passed.clock).name AND c.round = (passed.clock).round;
    IF marked IS NOT NULL THEN
      PERFORM clock_tell(passed.clock, marked, passed.number, passed.state, passed.version, passed.organisation_id,
        passed.category, passed.township_code, p_now);
      told := told + 1;
    END IF;
  END LOOP;
  RETURN told;
END $$;
""")
    _telling()
    definer("clocks_tick_v1", "timestamptz, integer")
    run("ALTER FUNCTION clocks_tick_v1(timestamptz, integer) SET frontage.scope = 'district'")
    run(f"REVOKE EXECUTE ON FUNCTION clocks_tick_v1(timestamptz, integer) FROM {SERVER_ROLE}")
    run(f"GRANT EXECUTE ON FUNCTION clocks_tick_v1(timestamptz, integer) TO {WORKER_ROLE}")


def _telling() -> None:
    run("""
-- One mark: yellow and red to the body's inbox and the outbox; overdue to the ledger too. A handover that nobody accepts
-- in time goes to the district besides: escalated.
CREATE FUNCTION clock_tell(p_clock case_clock, p_mark text, p_number text, p_state text, p_version integer, p_body uuid,
  p_category text, p_township text, p_now timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  escalated boolean := p_mark = 'overdue' AND p_clock.name = 'accept';
  event text := CASE WHEN escalated THEN 'clock.escalated' ELSE 'clock.' || p_mark END;
  district uuid := (SELECT o.id FROM organisation o WHERE o.kind = 'district');
  key text := p_number || ':' || p_clock.name || ':' || p_clock.round || ':' || p_mark;
  payload jsonb := jsonb_build_object('case', p_number, 'action', event, 'from', p_state, 'to', p_state,
    'version', p_version, 'clock', p_clock.name, 'due_at', clock_time(p_clock.due_at), 'category', p_category,
    'township', p_township, 'reason', p_clock.name);
BEGIN
  IF p_mark = 'overdue' THEN
    -- Canonical JSON (RFC 8785): members in order, no spaces; every value here is ASCII or a number.
    key := p_number || ':' || ledger_append_v1(p_clock.case_id, event, format(
      '{"action":"%s","actor_role":"system","at":"%s","clock":"%s","due_at":"%s","from":"%s","round":%s,"to":"%s","version":%s}',
      event, clock_time(p_now), p_clock.name, clock_time(p_clock.due_at), p_state, p_clock.round, p_state, p_version));
  END IF;
  -- The newest of a kind stands for those before it.
  DELETE FROM inbox_entry i WHERE i.case_id = p_clock.case_id AND i.kind = event;
  INSERT INTO inbox_entry (organisation_id, case_id, kind, reason, created_at)
  SELECT o.id, p_clock.case_id, event, p_clock.name, p_now
  FROM organisation o WHERE o.id = p_body OR (escalated AND o.id = district);
  PERFORM outbox_put_v1(event, key, p_body, payload);
  IF escalated THEN
    PERFORM outbox_put_v1('case.escalated', key || ':district', district, payload || '{"action": "case.escalated"}');
  END IF;
END $$;
REVOKE ALL ON FUNCTION clock_tell(case_clock, text, text, text, integer, uuid, text, text, timestamptz) FROM PUBLIC;

CREATE FUNCTION clock_time(p_at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
""")


def _beginning() -> None:
    run("""
-- Cases nobody has acted on yet whose clock for registering is not begun, oldest first, with what it is counted by.
CREATE FUNCTION clocks_unbegun_v1(p_since timestamptz, p_time_zone text, p_rows integer)
RETURNS TABLE (case_id uuid, number text, version integer, opened_at timestamptz, deadline json, schedule json)
LANGUAGE sql STABLE AS $$
  SELECT c.id, c.number, c.version, c.opened_at, d.deadline, s.schedule
  FROM case_file c
  CROSS JOIN LATERAL (SELECT CAST(c.opened_at AT TIME ZONE p_time_zone AS date) AS opened) on_day
  CROSS JOIN LATERAL (SELECT case_deadline_v1(c.category, on_day.opened) AS deadline) d
  CROSS JOIN LATERAL (SELECT schedule_on_v1(c.organisation_id, on_day.opened, '{}') AS schedule) s
  WHERE EXISTS (SELECT 1 FROM deadline_table t WHERE t.version IS NOT NULL)
    AND c.state = 'reported' AND c.deadline IS NULL AND c.opened_at >= p_since
    AND NOT EXISTS (SELECT 1 FROM case_clock k WHERE k.case_id = c.id)
    AND json_typeof(d.deadline -> 'register') = 'object' AND s.schedule IS NOT NULL
  ORDER BY c.opened_at
  LIMIT p_rows
$$;
-- Begin the first clock of a case, unless somebody acts on it just now: then the action does. The row it is measured by
-- is frozen with it.
CREATE FUNCTION clock_begin_v1(p_case uuid, p_deadline json, p_body text, p_clocks jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM case_file c WHERE c.id = p_case AND c.state = 'reported' AND c.deadline IS NULL
  FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  UPDATE case_file c
  SET deadline = p_deadline, emergency = coalesce(CAST(p_deadline ->> 'emergency' AS boolean), false),
    due_at = CAST(p_clocks -> 0 ->> 'due_at' AS timestamptz)
  WHERE c.id = p_case;
  PERFORM ledger_append_v1(p_case, 'clock.begun', p_body), case_clock_put_v1(p_case, p_clocks);
  RETURN true;
END $$;
""")
    for function in (
        "clocks_unbegun_v1(timestamptz, text, integer)",
        "clock_begin_v1(uuid, json, text, jsonb)",
    ):
        name, _, arguments = function.rstrip(")").partition("(")
        definer(name, arguments)
        run(f"ALTER FUNCTION {function} SET frontage.scope = 'district'")
        run(f"REVOKE EXECUTE ON FUNCTION {function} FROM {SERVER_ROLE}")
        run(f"GRANT EXECUTE ON FUNCTION {function} TO {WORKER_ROLE}")


def downgrade() -> None:
    run("""
DROP FUNCTION clock_begin_v1(uuid, json, text, jsonb);
DROP FUNCTION clocks_unbegun_v1(timestamptz, text, integer);
DROP FUNCTION clocks_tick_v1(timestamptz, integer);
DROP FUNCTION clock_tell(case_clock, text, text, text, integer, uuid, text, text, timestamptz);
DROP FUNCTION clock_time(timestamptz);
DROP FUNCTION case_clocks_v1(uuid);
DROP FUNCTION case_clock_put_v1(uuid, jsonb);
DROP FUNCTION clock_marks_left(case_clock);
DROP TABLE case_mark;
DROP TABLE case_clock;
DROP FUNCTION deadlines_activate_v1(bigint, date, date, timestamptz);
DROP FUNCTION case_deadline_v1(text, date);
DROP TABLE deadline_table;
DROP FUNCTION deadline_table_keeps();
DROP FUNCTION schedule_on_v1(uuid, date, bigint[]);
DROP TABLE work_schedule;
DROP TABLE office_hours;
DROP TABLE work_calendar;
""")
