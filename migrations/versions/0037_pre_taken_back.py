"""Sets that have not begun can be taken back; lists of categories are such sets; who read what, and what goes next."""

from migrations.sql import SERVER_ROLE, definer, run, secure

revision = "0037"
down_revision = "0036"

DISTRICT = "current_scope() = 'district'"
# Table -> what a set of it must not change, and what its guard says.
KEPT = {
    "routing_rule_set": (
        ("id", "name", "source", "sample", "digest", "rules::text", "created_at", "created_by"),
        "a set of routing rules only comes into force and ends",
    ),
    "deadline_table": (
        (
            "id",
            "name",
            "jurisdiction",
            "source",
            "sample",
            "list_id",
            "list_version",
            "digest",
            "rows::text",
            "created_at",
            "created_by",
        ),
        "a table of deadlines only comes into force and ends",
    ),
    "patrol_plan_set": (
        ("id", "name", "source", "sample", "digest", "plans::text", "time_zone", "created_at", "created_by"),
        "a set of patrol plans only comes into force and ends",
    ),
}
CATEGORIES = (
    (
        "id",
        "name",
        "source",
        "source_date",
        "sample",
        "list_id",
        "list_version",
        "digest",
        "categories::text",
        "created_at",
        "created_by",
    ),
    "a list of categories only comes into force and ends",
)
# Function -> the table it is about, and why a day is refused beside being before the newest set.
ACTIVATIONS = {
    "routing_rules_activate_v1": (
        "routing_rule_set",
        "p_from < p_today AND EXISTS (SELECT 1 FROM report r WHERE r.judged_on >= p_from)",
        "depended_on",
    ),
    "deadlines_activate_v1": ("deadline_table", "newest.id IS NOT NULL AND p_from < p_today", "past"),
    "patrol_plans_activate_v1": ("patrol_plan_set", "newest.id IS NOT NULL AND p_from < p_today", "judged"),
}
CATEGORIES_ACTIVATE = (
    "category_list",
    "p_from <= p_today AND EXISTS (SELECT 1 FROM report r WHERE r.judged_on >= p_from)",
    "depended_on",
)
TAKEN_BACK = "withdrawn_at, withdrawn_by, withdrawn_from"


def upgrade() -> None:
    for table, (kept, says) in KEPT.items():
        _may_be_taken_back(table)
        _guard(table, kept, says)
    for function, (table, refused, why) in ACTIVATIONS.items():
        _activation(function, table, refused, why)
    _categories()
    _plans_went()
    _taking_back()
    _reads()
    _going_next()


def _may_be_taken_back(table: str) -> None:
    run(f"""
ALTER TABLE {table}
  ADD COLUMN withdrawn_at timestamptz,
  ADD COLUMN withdrawn_by uuid CONSTRAINT {table}_withdrawn_by_fkey REFERENCES account (id),
  ADD COLUMN withdrawn_from date,
  DROP CONSTRAINT {table}_valid_not_empty,
  ADD CONSTRAINT {table}_valid_not_empty CHECK (NOT lower_inf(valid) AND isempty(valid) = (withdrawn_at IS NOT NULL)),
  ADD CONSTRAINT {table}_withdrawn_whole
    CHECK ((withdrawn_at IS NULL) = (withdrawn_from IS NULL) AND (withdrawn_at IS NULL OR version IS NOT NULL));
COMMENT ON COLUMN {table}.withdrawn_at IS 'taken back before its first day: it never held';
COMMENT ON COLUMN {table}.withdrawn_from IS 'the day it would have come into force';
""")
    run(f"GRANT UPDATE ({TAKEN_BACK}) ON {table} TO {SERVER_ROLE}")


def _guard(table: str, kept: tuple[str, ...], says: str, *, withdrawn: bool = True) -> None:
    """What stands in a set never changes: it comes into force once and ends once; with `withdrawn` it can be taken back
    before its first day, and then the one before it goes on. That nothing overlaps is the exclusion's."""
    old, new = (", ".join(f"{row}.{name}" for name in kept) for row in ("OLD", "NEW"))
    changed = (
        """OLD.withdrawn_at IS NOT NULL
    OR (OLD.version IS NOT NULL AND NEW.withdrawn_at IS NULL
      AND (lower(OLD.valid) IS DISTINCT FROM lower(NEW.valid) OR NOT upper_inf(OLD.valid) AND NOT upper_inf(NEW.valid)))
    OR (NEW.withdrawn_at IS NOT NULL AND (OLD.version IS NULL OR NOT upper_inf(OLD.valid)
      OR NEW.withdrawn_from IS DISTINCT FROM lower(OLD.valid)
      OR CAST(NEW.withdrawn_at AT TIME ZONE 'UTC' AS date) > lower(OLD.valid)))"""
        if withdrawn
        else "(OLD.version IS NOT NULL AND (lower(OLD.valid) IS DISTINCT FROM lower(NEW.valid) OR NOT upper_inf(OLD.valid)))"
    )
    run(f"""
CREATE OR REPLACE FUNCTION {table}_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.version IS NULL THEN
    RETURN OLD;
  ELSIF TG_OP = 'DELETE' OR ({old}) IS DISTINCT FROM ({new})
    OR (OLD.version IS NOT NULL AND (OLD.version, OLD.activated_at, OLD.activated_by)
      IS DISTINCT FROM (NEW.version, NEW.activated_at, NEW.activated_by))
    OR {changed}
  THEN
    RAISE EXCEPTION '{says}' USING ERRCODE = 'restrict_violation', CONSTRAINT = '{table}_keeps';
  END IF;
  RETURN NEW;
END $$;
""")


def _activation(function: str, table: str, refused: str, why: str, *, withdrawn: bool = True) -> None:
    parameter = "p_table" if table == "deadline_table" else "p_set"
    gone = "s.withdrawn_at IS NOT NULL" if withdrawn else "false"
    run(f"""
-- Bring a draft into force on a day and end the set before it; says what came of it. Rights are the caller's.
CREATE OR REPLACE FUNCTION {function}({parameter} bigint, p_from date, p_today date, p_at timestamptz)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  draft record;
  newest record;
BEGIN
  -- One at a time, so that two never both see the same set as the newest; the constraints would only refuse the second.
  PERFORM pg_advisory_xact_lock(hashtext('{function}'));
  SELECT s.version, s.valid, {gone} AS gone INTO draft FROM {table} s WHERE s.id = {parameter};
  IF NOT FOUND THEN
    RETURN 'missing';
  ELSIF draft.gone THEN
    RETURN 'withdrawn';
  ELSIF draft.version IS NOT NULL THEN
    RETURN CASE WHEN lower(draft.valid) = p_from THEN 'same' ELSE 'in_force' END;
  END IF;
  SELECT s.id, lower(s.valid) AS since INTO newest FROM {table} s
  WHERE s.version IS NOT NULL AND NOT ({gone}) ORDER BY s.version DESC LIMIT 1;
  IF newest.since >= p_from THEN
    RETURN 'early';
  ELSIF {refused} THEN
    RETURN '{why}';
  END IF;
  UPDATE {table} s SET valid = daterange(lower(s.valid), p_from) WHERE s.id = newest.id;
  UPDATE {table} s
  SET version = coalesce((SELECT max(o.version) FROM {table} o), 0) + 1, valid = daterange(p_from, NULL),
    activated_at = p_at, activated_by = current_account()
  WHERE s.id = {parameter};
  RETURN 'activated';
END $$;
""")


def _categories() -> None:
    run("""
CREATE TABLE category_list (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT category_list_pkey PRIMARY KEY,
  name text NOT NULL CONSTRAINT category_list_name_length CHECK (length(name) BETWEEN 1 AND 200),
  source text NOT NULL,
  source_date date,
  sample boolean NOT NULL,
  list_id text NOT NULL,
  list_version text NOT NULL,
  digest text NOT NULL CONSTRAINT category_list_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  categories json NOT NULL,
  created_at timestamptz NOT NULL,
  created_by uuid CONSTRAINT category_list_created_by_fkey REFERENCES account (id),
  version integer CONSTRAINT category_list_version_key UNIQUE
    CONSTRAINT category_list_version_positive CHECK (version > 0),
  valid daterange CONSTRAINT category_list_valid_not_empty CHECK (NOT lower_inf(valid)),
  activated_at timestamptz,
  activated_by uuid CONSTRAINT category_list_activated_by_fkey REFERENCES account (id),
  CONSTRAINT category_list_draft_or_version
    CHECK ((version IS NULL) = (valid IS NULL) AND (version IS NULL) = (activated_at IS NULL)),
  CONSTRAINT category_list_one_at_a_time EXCLUDE USING gist (valid WITH &&)
);
COMMENT ON TABLE category_list IS 'whole lists as they were sent; from its first day on a list stands in category';
COMMENT ON COLUMN category_list.source_date IS 'date of the source, as of a published standard';
COMMENT ON COLUMN category_list.categories IS 'JSON with sorted members; its SHA-256 is digest';
COMMENT ON COLUMN category_list.version IS 'given when a draft comes into force';

-- Lists that came into force before there was a table of them.
INSERT INTO category_list (name, source, sample, list_id, list_version, digest, categories, created_at, version, valid,
  activated_at)
SELECT l.list_id || ' ' || l.list_version, l.source, l.sample, l.list_id, l.list_version,
  encode(sha256(convert_to(CAST(l.rows AS text), 'UTF8')), 'hex'), l.rows, now(), row_number() OVER (ORDER BY l.since),
  daterange(l.since, lead(l.since) OVER (ORDER BY l.since)), now()
FROM (
  SELECT DISTINCT ON (g.since) g.* FROM (
    SELECT k.list_id, k.list_version, lower(k.valid) AS since, min(k.source) AS source, bool_or(k.sample) AS sample,
      json_agg(json_build_object('about', k.about, 'code', k.code, 'duty', k.duty, 'name', k.name, 'name_en', k.name_en,
        'parent', k.parent, 'weights', k.none_weights) ORDER BY k.code) AS rows
    FROM category k WHERE NOT lower_inf(k.valid) GROUP BY k.list_id, k.list_version, lower(k.valid)) g
  ORDER BY g.since, g.list_id, g.list_version) l;
""")
    _may_be_taken_back("category_list")
    kept, says = CATEGORIES
    _guard("category_list", kept, says)
    run("""
CREATE TRIGGER category_list_keeps BEFORE UPDATE OR DELETE ON category_list
  FOR EACH ROW EXECUTE FUNCTION category_list_keeps();
""")
    _activation("categories_activate_v1", *CATEGORIES_ACTIVATE)
    run("""
-- The categories of a list that comes into force, one a row; those in force before end, whatever their list.
CREATE FUNCTION category_list_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE category k SET valid = daterange(lower(k.valid), lower(NEW.valid))
  WHERE upper_inf(k.valid) AND lower(k.valid) < lower(NEW.valid);
  INSERT INTO category (code, parent, name, name_en, duty, none_weights, about, list_id, list_version, valid, source, sample)
  SELECT c.code, c.parent, c.name, c.name_en, c.duty, coalesce(c.weights, '{}'), c.about, NEW.list_id, NEW.list_version,
    NEW.valid, NEW.source, NEW.sample
  FROM json_to_recordset(NEW.categories) AS c (code text, parent text, name text, name_en text, duty text, weights jsonb,
    about text);
  RETURN NULL;
END $$;
CREATE TRIGGER category_list_came AFTER UPDATE ON category_list FOR EACH ROW
  WHEN (OLD.version IS NULL AND NEW.version IS NOT NULL) EXECUTE FUNCTION category_list_came();

-- The same backwards, of a list that was taken back before its first day.
CREATE FUNCTION category_list_went() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM category k
  WHERE (k.list_id, k.list_version, lower(k.valid)) = (NEW.list_id, NEW.list_version, NEW.withdrawn_from);
  UPDATE category k SET valid = daterange(lower(k.valid), NULL) WHERE upper(k.valid) = NEW.withdrawn_from;
  RETURN NULL;
END $$;
CREATE TRIGGER category_list_went AFTER UPDATE ON category_list FOR EACH ROW
  WHEN (OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL) EXECUTE FUNCTION category_list_went();

-- What another list would mean for what there is: open cases and those of some days by category, and what the rules and
-- the deadlines in force on a day name. Rights are the caller's.
CREATE FUNCTION categories_used_v1(p_on date, p_since timestamptz) RETURNS json LANGUAGE sql STABLE AS $$
  SELECT json_build_object(
    'cases', (
      SELECT coalesce(json_agg(json_build_array(c.category, c.open, c.recent)), '[]')
      FROM (
        SELECT f.category, count(*) FILTER (WHERE f.closed_at IS NULL) AS open,
          count(*) FILTER (WHERE f.opened_at >= p_since) AS recent
        FROM case_file f WHERE f.closed_at IS NULL OR f.opened_at >= p_since GROUP BY f.category) c),
    'rules', (
      SELECT coalesce(json_agg(json_build_array(r.rule ->> 'category', r.rule ->> 'code')), '[]')
      FROM routing_rule_set s, json_array_elements(s.rules) AS r (rule)
      WHERE s.valid @> p_on AND r.rule ->> 'category' IS NOT NULL),
    'deadlines', (
      SELECT coalesce(json_agg(k.code), '[]') FROM deadline_table t, json_object_keys(t.rows) AS k (code)
      WHERE t.valid @> p_on))
$$;
""")
    secure("category_list", read="current_account() IS NOT NULL", insert=DISTRICT, update=DISTRICT)
    run(f"""
REVOKE UPDATE ON category_list FROM {SERVER_ROLE};
GRANT UPDATE (version, valid, activated_at, activated_by, {TAKEN_BACK}) ON category_list TO {SERVER_ROLE};
""")
    definer("category_list_came", "")
    definer("category_list_went", "")


def _plans_went() -> None:
    run("""
-- Which plan holds from day to day, worked out anew: plans that were to come will not, those before them go on.
CREATE FUNCTION patrol_plans_went() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('patrol_plan'));
  PERFORM plan_runs_v1(NULL, NULL);
  PERFORM front_standing_put_v1(ARRAY(SELECT f.zone_id FROM patrol_front f));
  RETURN NULL;
END $$;
CREATE TRIGGER patrol_plans_went AFTER UPDATE ON patrol_plan_set FOR EACH ROW
  WHEN (OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL
    OR NOT upper_inf(OLD.valid) AND upper_inf(NEW.valid)) EXECUTE FUNCTION patrol_plans_went();
""")
    definer("patrol_plans_went", "")


def _taking_back() -> None:
    locks = " ".join(
        f"WHEN '{table}' THEN '{function}'"
        for function, (table, *_) in (ACTIVATIONS | {"categories_activate_v1": CATEGORIES_ACTIVATE}).items()
    )
    run(f"""
-- Take back a set whose first day is still to come: the one before it goes on. Says what came of it. Rights are the
-- caller's.
CREATE FUNCTION dated_take_back_v1(p_table text, p_set bigint, p_today date, p_at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  activation CONSTANT text := CASE p_table {locks} END;
  chosen record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext(activation));
  EXECUTE format('SELECT s.id, s.version, lower(s.valid) AS since, upper_inf(s.valid) AS newest, s.withdrawn_at FROM %I s '
    'WHERE s.id = $1', p_table) INTO chosen USING p_set;
  IF chosen.id IS NULL THEN
    RETURN 'missing';
  ELSIF chosen.withdrawn_at IS NOT NULL THEN
    RETURN 'same';
  ELSIF chosen.version IS NULL THEN
    RETURN 'draft';
  ELSIF chosen.since <= p_today THEN
    RETURN 'begun';
  ELSIF NOT chosen.newest THEN
    RETURN 'followed';
  -- A phone whose clock is ahead within reason has its report judged by the day it says.
  ELSIF p_table IN ('routing_rule_set', 'category_list') AND EXISTS (
    SELECT 1 FROM report r WHERE r.judged_on >= chosen.since) THEN
    RETURN 'depended_on';
  END IF;
  EXECUTE format('UPDATE %I s SET valid = ''empty'', withdrawn_at = $2, withdrawn_by = current_account(), '
    'withdrawn_from = $3 WHERE s.id = $1', p_table) USING p_set, p_at, chosen.since;
  EXECUTE format('UPDATE %I s SET valid = daterange(lower(s.valid), NULL) WHERE upper(s.valid) = $1', p_table)
    USING chosen.since;
  RETURN 'withdrawn';
END $$;
""")


def _reads() -> None:
    run("""
CREATE INDEX position_look_when ON position_look (looked_at DESC, id DESC);
CREATE INDEX complaint_access_when ON complaint_access (looked_at DESC, id DESC);

-- Who looked at where somebody was, or at who complained, newest first, by name; for admins of the district. p_by and
-- p_of are parts of a name or account name, p_of of who was looked at.
CREATE FUNCTION reads_v1(p_by text, p_of text, p_why text, p_from timestamptz, p_to timestamptz, p_before timestamptz,
  p_before_key text, p_rows integer)
RETURNS TABLE (key text, kind text, looked_at timestamptz, by_id uuid, by_name text, by_role text, by_body text, of_id uuid,
  of_name text, of_body text, why text, reason text, from_at timestamptz, to_at timestamptz, case_number text, complaint uuid)
LANGUAGE sql STABLE AS $$
  SELECT e.key, e.kind, e.looked_at, e.by_id, b.display_name, b.role, bo.body_name, e.of_id, f.display_name, fo.body_name,
    e.why, e.reason, e.from_at, e.to_at, c.number, e.complaint
  FROM (
    SELECT 'p' || lpad(CAST(l.id AS text), 19, '0') AS key, 'position' AS kind, l.looked_at, l.looked_by AS by_id,
      l.account_id AS of_id, l.why, l.reason, l.from_at, l.to_at, l.case_id, CAST(NULL AS uuid) AS complaint
    FROM position_look l
    WHERE l.looked_at >= p_from AND l.looked_at < p_to AND (p_before IS NULL OR l.looked_at <= p_before)
    UNION ALL
    SELECT 'c' || lpad(CAST(a.id AS text), 19, '0'), 'complainant', a.looked_at, a.account_id, NULL, a.why, NULL, NULL, NULL,
      k.case_id, k.id
    FROM complaint_access a JOIN complaint k ON k.id = a.complaint_id
    WHERE a.looked_at >= p_from AND a.looked_at < p_to AND (p_before IS NULL OR a.looked_at <= p_before)) e
  JOIN account b ON b.id = e.by_id
  JOIN organisation bo ON bo.id = b.organisation_id
  LEFT JOIN account f ON f.id = e.of_id
  LEFT JOIN organisation fo ON fo.id = f.organisation_id
  LEFT JOIN case_file c ON c.id = e.case_id
  WHERE asks_as('admin') AND current_scope() = 'district'
    AND (p_before IS NULL OR (e.looked_at, e.key) < (p_before, p_before_key))
    AND (p_why IS NULL OR e.why = p_why)
    AND (p_by IS NULL OR strpos(lower(b.display_name || ' ' || b.username), lower(p_by)) > 0)
    AND (p_of IS NULL OR strpos(lower(f.display_name || ' ' || f.username), lower(p_of)) > 0)
  ORDER BY e.looked_at DESC, e.key DESC
  LIMIT p_rows
$$;
""")
    definer("reads_v1", "text, text, text, timestamptz, timestamptz, timestamptz, text, integer")


def _going_next() -> None:
    run("""
-- What the next night would make coarse or delete, counted; for those who answer for it. Nothing is changed.
CREATE FUNCTION keeping_next_v1(p_coarse_before timestamptz, p_gone_before timestamptz, p_visits_before timestamptz,
  p_looks_before timestamptz)
RETURNS TABLE (what text, rule text, day date, rows bigint, held_rows bigint) LANGUAGE plpgsql AS $$
DECLARE
  one record;
  aged text;
BEGIN
  IF NOT asks_as('admin', 'zone_manager') OR current_scope() <> 'district' THEN
    RETURN;
  END IF;
  FOR one IN
    SELECT d.what, d.rule, d.day,
      CASE d.what WHEN 'track' THEN 'position_fix' ELSE 'sighting' END
        || coalesce(to_char(d.day, '"_p"YYYYMMDD'), '_odd') AS part, 'f.account_id' AS account,
      CASE d.what WHEN 'track' THEN 'least(f.recorded_at, f.received_at)' ELSE 'f.slot_at' END AS at,
      CASE d.what WHEN 'track' THEN 'f.recorded_at' ELSE 'f.slot_at' END AS held_at,
      CASE d.rule WHEN 'coarsen' THEN p_coarse_before ELSE p_gone_before END AS before,
      CASE d.what WHEN 'track' THEN track_goes_v1(d.rule) END AS goes
    FROM keeping_due_v1(p_coarse_before, p_gone_before) d
    UNION ALL
    SELECT v.what, 'delete', NULL, v.part, v.account, v.at, v.at, v.before, NULL
    FROM (VALUES
      ('visit', 'visit', 'f.account_id', 'f.from_at', p_visits_before),
      ('round', 'patrol_round', 'f.account_id', 'f.sent_at', p_visits_before),
      ('shift_figures', 'shift_figures', '(SELECT s.account_id FROM shift s WHERE s.id = f.shift_id)',
        '(SELECT s.started_at FROM shift s WHERE s.id = f.shift_id)', p_visits_before),
      ('live_position', 'officer_position', 'f.account_id', 'f.recorded_at', p_coarse_before),
      ('look', 'position_look', 'f.account_id', 'f.looked_at', p_looks_before),
      ('round', 'patrol_round', 'f.account_id', 'f.sent_at', p_visits_before)) v (what, part, account, at, before)
  LOOP
    what := one.what;
    rule := one.rule;
    day := one.day;
    aged := format('%s < $1', one.at);
    EXECUTE format('SELECT count(*) FILTER (WHERE %s), count(*) FILTER (WHERE held_v1(%s, %s)) FROM %I f WHERE %s',
      coalesce(one.goes, format('NOT held_v1(%s, %s)', one.account, one.held_at)), one.account, one.held_at, one.part, aged)
      INTO rows, held_rows USING one.before;
    IF rows > 0 OR held_rows > 0 THEN
      RETURN NEXT;
    END IF;
  END LOOP;
END $$;
""")
    definer("keeping_next_v1", "timestamptz, timestamptz, timestamptz, timestamptz")


def downgrade() -> None:
    run("""
DROP FUNCTION keeping_next_v1(timestamptz, timestamptz, timestamptz, timestamptz);
DROP FUNCTION reads_v1(text, text, text, timestamptz, timestamptz, timestamptz, text, integer);
DROP INDEX complaint_access_when;
DROP INDEX position_look_when;
DROP FUNCTION dated_take_back_v1(text, bigint, date, timestamptz);
DROP TRIGGER patrol_plans_went ON patrol_plan_set;
DROP FUNCTION patrol_plans_went();
DROP FUNCTION categories_used_v1(date, timestamptz);
DROP FUNCTION categories_activate_v1(bigint, date, date, timestamptz);
DROP TABLE category_list;
DROP FUNCTION category_list_keeps();
DROP FUNCTION category_list_came();
DROP FUNCTION category_list_went();
""")
    for function, (table, refused, why) in ACTIVATIONS.items():
        _activation(function, table, refused, why, withdrawn=False)
    for table, (kept, says) in KEPT.items():
        _never_taken_back(table)
        _guard(table, kept, says, withdrawn=False)


def _never_taken_back(table: str) -> None:
    # What the step before cannot hold goes with the step.
    plans = (
        "DELETE FROM patrol_plan p USING patrol_plan_set s WHERE s.id = p.set_id AND s.withdrawn_at IS NOT NULL;"
        if table == "patrol_plan_set"
        else ""
    )
    run(f"""
{plans}
ALTER TABLE {table} DISABLE TRIGGER {table}_keeps;
DELETE FROM {table} WHERE withdrawn_at IS NOT NULL;
ALTER TABLE {table} ENABLE TRIGGER {table}_keeps;
ALTER TABLE {table}
  DROP CONSTRAINT {table}_withdrawn_whole,
  DROP CONSTRAINT {table}_valid_not_empty,
  DROP COLUMN withdrawn_at,
  DROP COLUMN withdrawn_by,
  DROP COLUMN withdrawn_from,
  ADD CONSTRAINT {table}_valid_not_empty CHECK (NOT isempty(valid) AND NOT lower_inf(valid));
""")
