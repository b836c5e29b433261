"""Figures of a month of 100,000 cases in less than a second: found by indexes that hold what they need, counted before
they are named; handovers with the cases behind them."""

from importlib import import_module

from migrations.sql import SERVER_ROLE, definer, run

revision = "0057"
down_revision = "0056"

ENFORCEMENT = "enforcement."
COUNTED = "timestamptz, timestamptz, text, text, text"
COUNTS = "timestamptz, timestamptz, text, text, boolean, boolean, boolean, text"
HANDED = "timestamptz, timestamptz, text"
HANDED_CASES = "timestamptz, timestamptz, text, text, text, timestamptz, integer"
MEANS = "timestamptz, timestamptz, text, text, boolean, boolean"
STEPS = "timestamptz, timestamptz, text, text[], text[], text[], timestamptz, text, integer"
DEFINERS = {
    "case_measure_v1": COUNTED,
    "case_measure_count_v1": COUNTS,
    "handover_figures_v1": HANDED,
    "handover_cases_v1": HANDED_CASES,
    "means_count_v1": MEANS,
    "means_steps_v1": STEPS,
}


def upgrade() -> None:
    # Told by means_step_v1 too; and a view that servers of before 0041 asked.
    run("DROP FUNCTION means_of_record_v1(timestamptz, timestamptz); DROP VIEW case_measure")
    _indexes()
    _measures()
    _handovers()
    _means()
    for name, arguments in DEFINERS.items():
        definer(name, arguments)
        run(f"ALTER FUNCTION {name}({arguments}) SET plan_cache_mode TO force_custom_plan")
        run(f"ALTER FUNCTION {name}({arguments}) SET jit TO off")
        # A month of 100,000 cases is sorted and hashed without a file.
        run(f"ALTER FUNCTION {name}({arguments}) SET work_mem TO '32MB'")


def _indexes() -> None:
    # The ledger's rows are wide, half a kilobyte: a figure reads none of them.
    run("""
CREATE INDEX ledger_done ON ledger (recorded_at) INCLUDE (case_id, seq, action) WHERE actor_id IS NOT NULL;
CREATE INDEX ledger_turned ON ledger (recorded_at) INCLUDE (case_id, action)
  WHERE action IN ('case.registered', 'case.refused', 'case.dispatched', 'case.reopened', 'case.transferred');
CREATE INDEX ledger_handed ON ledger (case_id, seq) INCLUDE (recorded_at, action)
  WHERE action IN ('case.dispatched', 'case.reopened', 'case.transferred', 'case.accepted', 'clock.escalated');
DROP INDEX ledger_registered;
DROP INDEX ledger_recorded_at;
""")


def _measures() -> None:
    run(f"""
-- When a case counts, and in which measures: a due case by its due moment.
CREATE VIEW case_moment_v1 WITH (security_invoker = true) AS
  SELECT ARRAY['accepted'] AS measures, o.opened_at AS at, o.id AS case_id, o.number, o.township_code, o.category, o.state,
    o.organisation_id, o.reporter_id, o.assignee_id
  FROM case_file o
  UNION ALL
  SELECT CASE l.action WHEN 'case.registered' THEN ARRAY['registered'] ELSE ARRAY['refused'] END, l.recorded_at, c.id, c.number,
    c.township_code, c.category, c.state, c.organisation_id, c.reporter_id, c.assignee_id
  FROM ledger l JOIN case_file c ON c.id = l.case_id
  WHERE l.action IN ('case.registered', 'case.refused')
  UNION ALL
  SELECT CASE WHEN c.state <> 'closed' THEN ARRAY['due']
      WHEN coalesce(k.paused_at, k.stopped_at) <= k.due_at THEN ARRAY['due', 'closed', 'closed_on_time']
      ELSE ARRAY['due', 'closed'] END || CASE WHEN c.round > 0 THEN ARRAY['reworked'] END,
    k.due_at, c.id, c.number, c.township_code, c.category, c.state, c.organisation_id, c.reporter_id, c.assignee_id
  FROM case_clock k JOIN case_file c ON c.id = k.case_id
  WHERE k.name = 'handle' AND c.state NOT IN ('refused', 'cancelled', 'merged', 'transferred')
    AND NOT EXISTS (SELECT 1 FROM case_clock newer
      WHERE newer.case_id = k.case_id AND newer.name = k.name AND newer.round > k.round)
  UNION ALL
  SELECT CASE WHEN r.passed THEN ARRAY['rechecked'] ELSE ARRAY['rechecked', 'recheck_failed'] END, r.checked_at, c.id, c.number,
    c.township_code, c.category, c.state, c.organisation_id, c.reporter_id, c.assignee_id
  FROM recheck_result r JOIN case_file c ON c.id = r.case_id;
COMMENT ON VIEW case_moment_v1 IS 'a row for each time a case counts, and in which measures';
GRANT SELECT ON case_moment_v1 TO {SERVER_ROLE};

CREATE OR REPLACE FUNCTION case_measure_v1(p_begin timestamptz, p_end timestamptz, p_measure text, p_township text,
  p_category text)
RETURNS TABLE (measure text, at timestamptz, case_id uuid, number text, township_code text, category text, state text)
LANGUAGE plpgsql STABLE ROWS 100000 AS $$
#variable_conflict use_column
DECLARE
  whole boolean := current_scope() = 'district';
BEGIN
  RETURN QUERY
  SELECT m.measure, c.at, c.case_id, c.number, c.township_code, c.category, c.state
  FROM case_moment_v1 c CROSS JOIN LATERAL unnest(c.measures) AS m (measure)
  WHERE c.at >= p_begin AND c.at < p_end
    AND (p_measure IS NULL OR p_measure = ANY (c.measures) AND m.measure = p_measure)
    AND (p_township IS NULL OR coalesce(c.township_code, '') = p_township)
    AND (p_category IS NULL OR c.category = p_category)
    AND (whole OR may_see_case(c.organisation_id, c.reporter_id, c.assignee_id));
END $$;

-- How many cases count in each measure within a period, by the groups asked for; of cases the asker may see.
CREATE FUNCTION case_measure_count_v1(p_begin timestamptz, p_end timestamptz, p_township text, p_category text,
  p_by_township boolean, p_by_category boolean, p_by_month boolean, p_time_zone text)
RETURNS TABLE (township_code text, category text, month text, measure text, cases bigint)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  whole boolean := current_scope() = 'district';
BEGIN
  RETURN QUERY
  SELECT g.township_code, g.category, g.month, m.measure, CAST(sum(g.cases) AS bigint)
  FROM (
    SELECT t.township_code, t.category, t.month, t.measures, count(*) AS cases
    FROM (
      SELECT CASE WHEN p_by_township THEN coalesce(c.township_code, '') END AS township_code,
        CASE WHEN p_by_category THEN c.category END AS category,
        CASE WHEN p_by_month THEN to_char(c.at AT TIME ZONE p_time_zone, 'YYYY-MM') END AS month, c.measures
      FROM case_moment_v1 c
      WHERE c.at >= p_begin AND c.at < p_end AND (p_township IS NULL OR coalesce(c.township_code, '') = p_township)
        AND (p_category IS NULL OR c.category = p_category)
        AND (whole OR may_see_case(c.organisation_id, c.reporter_id, c.assignee_id))) t
    GROUP BY 1, 2, 3, 4) g
  CROSS JOIN LATERAL unnest(g.measures) AS m (measure)
  GROUP BY 1, 2, 3, 4
  ORDER BY 1, 2, 3, 4;
END $$;
""")


def _handovers() -> None:
    run("""
-- What was handed to townships in a period, and what happened until the case was handed over again.
CREATE FUNCTION handovers_v1(p_begin timestamptz, p_end timestamptz)
RETURNS TABLE (case_id uuid, at timestamptz, acknowledged boolean, escalated boolean) LANGUAGE sql STABLE AS $$
  WITH handed AS MATERIALIZED (
    SELECT DISTINCT l.case_id FROM ledger l
    WHERE l.recorded_at >= p_begin AND l.recorded_at < p_end AND l.action IN ('case.dispatched', 'case.reopened', 'case.transferred')),
  entries AS (
    SELECT e.case_id, e.seq, e.recorded_at, e.action,
      e.action = 'case.dispatched' OR e.action IN ('case.reopened', 'case.transferred')
        AND (SELECT CAST(b.body AS json) ->> 'to' = 'dispatched' FROM ledger b WHERE b.case_id = e.case_id AND b.seq = e.seq) AS begins
    FROM handed h JOIN ledger e ON e.case_id = h.case_id
    WHERE e.action IN ('case.dispatched', 'case.reopened', 'case.transferred', 'case.accepted', 'clock.escalated')),
  spans AS (
    SELECT n.*, count(*) FILTER (WHERE n.begins) OVER w AS span FROM entries n
    WINDOW w AS (PARTITION BY n.case_id ORDER BY n.seq ROWS UNBOUNDED PRECEDING))
  SELECT s.case_id, min(s.recorded_at) FILTER (WHERE s.begins), bool_or(s.action = 'case.accepted'),
    bool_or(s.action = 'clock.escalated')
  FROM spans s
  GROUP BY s.case_id, s.span
  HAVING bool_or(s.begins AND s.recorded_at >= p_begin AND s.recorded_at < p_end)
$$;
REVOKE ALL ON FUNCTION handovers_v1(timestamptz, timestamptz) FROM PUBLIC;

-- These by the township of the case: how often, how often acknowledged, how often before it was escalated, how often escalated.
CREATE OR REPLACE FUNCTION handover_figures_v1(p_begin timestamptz, p_end timestamptz, p_township text)
RETURNS TABLE (township_code text, handed_over bigint, acknowledged bigint, acknowledged_in_time bigint, escalated bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  seen uuid[] := ARRAY(SELECT o.id FROM organisation o WHERE may_see(o.id, NULL));
BEGIN
  RETURN QUERY
  SELECT coalesce(c.township_code, ''), count(*), count(*) FILTER (WHERE x.acknowledged),
    count(*) FILTER (WHERE x.acknowledged AND NOT x.escalated), count(*) FILTER (WHERE x.escalated)
  FROM handovers_v1(p_begin, p_end) x
  JOIN case_file c ON c.id = x.case_id
  WHERE c.organisation_id = ANY (seen) AND (p_township IS NULL OR coalesce(c.township_code, '') = p_township)
  GROUP BY 1
  ORDER BY 1;
END $$;

-- One page of the handovers that one of these figures counts, by case.
CREATE FUNCTION handover_cases_v1(p_begin timestamptz, p_end timestamptz, p_figure text, p_township text, p_after text,
  p_after_at timestamptz, p_rows integer)
RETURNS TABLE (number text, township_code text, category text, state text, at timestamptz) LANGUAGE plpgsql STABLE AS $$
DECLARE
  seen uuid[] := ARRAY(SELECT o.id FROM organisation o WHERE may_see(o.id, NULL));
BEGIN
  RETURN QUERY
  SELECT c.number, c.township_code, c.category, c.state, x.at
  FROM handovers_v1(p_begin, p_end) x
  JOIN case_file c ON c.id = x.case_id
  WHERE c.organisation_id = ANY (seen) AND (p_township IS NULL OR coalesce(c.township_code, '') = p_township)
    AND CASE p_figure WHEN 'handed_over' THEN true WHEN 'acknowledged' THEN x.acknowledged
      WHEN 'acknowledged_in_time' THEN x.acknowledged AND NOT x.escalated WHEN 'escalated' THEN x.escalated END
    AND (p_after IS NULL OR (c.number, x.at) > (p_after, p_after_at))
  ORDER BY c.number, x.at
  LIMIT p_rows;
END $$;
""")


def _means() -> None:
    # Counted by what stands in the ledger, named afterwards: two dozen actions instead of every entry.
    run(f"""
CREATE OR REPLACE VIEW means_step_v1 WITH (security_invoker = true) AS
  SELECT 'case_action' AS origin, l.action AS name, e.means AS own_means, l.recorded_at AS at, c.organisation_id, c.township_code,
    c.number, CAST(NULL AS uuid) AS record_id, c.number || ':' || lpad(CAST(l.seq AS text), 9, '0') AS key
  FROM ledger l
  JOIN case_file c ON c.id = l.case_id
  LEFT JOIN (SELECT p.case_id, s.ledger_seq, s.means FROM proceeding_step s JOIN proceeding p ON p.id = s.proceeding_id) e
    ON e.case_id = l.case_id AND e.ledger_seq = l.seq
  WHERE l.actor_id IS NOT NULL
  UNION ALL
  SELECT CASE WHEN m.law_card IS NULL THEN 'visit_kind' ELSE 'law_card' END, coalesce(m.law_card, m.kind), NULL, m.at,
    m.organisation_id, z.township_code, NULL, m.id, CAST(m.id AS text)
  FROM visit_mark m JOIN zone z ON z.id = m.zone_id
  WHERE NOT EXISTS (SELECT 1 FROM form_record r WHERE r.id = m.id)
  UNION ALL
  SELECT 'record_form', r.form, r.means, r.at, r.organisation_id, r.township_code, c.number, r.id, CAST(r.id AS text)
  FROM form_record r LEFT JOIN case_file c ON c.id = r.case_id
  WHERE NOT EXISTS (SELECT 1 FROM form_record n WHERE n.corrects = r.id);
COMMENT ON VIEW means_step_v1 IS
  'what people did and was kept, a row a step, without names; an entry `{ENFORCEMENT}…` is told as a step of enforcement';

CREATE FUNCTION means_named_v1(p_origin text, p_name text) RETURNS TABLE (origin text, name text) LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p_name LIKE '{ENFORCEMENT}%' THEN 'enforcement_step' ELSE p_origin END,
    CASE WHEN p_name LIKE '{ENFORCEMENT}%' THEN substr(p_name, {len(ENFORCEMENT) + 1}) ELSE p_name END
$$;
REVOKE ALL ON FUNCTION means_named_v1(text, text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION means_count_v1(p_begin timestamptz, p_end timestamptz, p_township text, p_time_zone text,
  p_by_township boolean, p_by_month boolean)
RETURNS TABLE (origin text, name text, own_means text, township_code text, month date, steps bigint)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  seen uuid[] := ARRAY(SELECT o.id FROM organisation o WHERE may_see(o.id, NULL));
BEGIN
  RETURN QUERY
  SELECT n.origin, n.name, g.own_means, g.township_code, CAST(g.month AS date), g.steps
  FROM (
    SELECT t.origin, t.name, t.own_means, t.township_code, t.month, count(*) AS steps
    FROM (
      SELECT s.origin, s.name, s.own_means, CASE WHEN p_by_township THEN coalesce(s.township_code, '') END AS township_code,
        CASE WHEN p_by_month THEN date_trunc('month', s.at AT TIME ZONE p_time_zone) END AS month
      FROM means_step_v1 s
      WHERE s.at >= p_begin AND s.at < p_end AND s.organisation_id = ANY (seen)
        AND (p_township IS NULL OR coalesce(s.township_code, '') = p_township)) t
    GROUP BY 1, 2, 3, 4, 5) g
  CROSS JOIN LATERAL means_named_v1(g.origin, g.name) n;
END $$;

CREATE OR REPLACE FUNCTION means_steps_v1(p_begin timestamptz, p_end timestamptz, p_township text, p_origins text[],
  p_names text[], p_owns text[], p_after_at timestamptz, p_after text, p_rows integer)
RETURNS TABLE (origin text, name text, own_means text, at timestamptz, township_code text, number text, record_id uuid, key text)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  seen uuid[] := ARRAY(SELECT o.id FROM organisation o WHERE may_see(o.id, NULL));
  origins text[] := array_replace(p_origins, 'enforcement_step', 'case_action');
  names text[] := ARRAY(SELECT CASE w.origin WHEN 'enforcement_step' THEN '{ENFORCEMENT}' || w.name ELSE w.name END
    FROM unnest(p_origins, p_names) WITH ORDINALITY AS w (origin, name, nth) ORDER BY w.nth);
BEGIN
  RETURN QUERY
  SELECT n.origin, n.name, f.own_means, f.at, f.township_code, f.number, f.record_id, f.key
  FROM (
    SELECT s.*
    FROM means_step_v1 s
    WHERE s.at >= greatest(p_begin, p_after_at) AND s.at < p_end AND s.organisation_id = ANY (seen)
      AND (p_township IS NULL OR coalesce(s.township_code, '') = p_township)
      -- By names alone the planner knows how many there are.
      AND s.name = ANY (names) AND (s.origin, s.name, coalesce(s.own_means, '')) IN (SELECT * FROM unnest(origins, names, p_owns))
      AND (p_after_at IS NULL OR (s.at, s.key) > (p_after_at, p_after))
    ORDER BY s.at, s.key
    LIMIT p_rows) f
  CROSS JOIN LATERAL means_named_v1(f.origin, f.name) n
  ORDER BY f.at, f.key;
END $$;
""")


def downgrade() -> None:
    measures, means = (
        import_module(f"migrations.versions.{name}")
        for name in ("0041_pre_indicator_exports", "0054_pre_means")
    )
    for name, arguments in {**DEFINERS, "handovers_v1": "timestamptz, timestamptz"}.items():
        run(f"DROP FUNCTION {name}({arguments})")
    run("""
DROP FUNCTION means_named_v1(text, text);
DROP VIEW means_step_v1;
DROP VIEW case_moment_v1;
DROP INDEX ledger_done, ledger_turned, ledger_handed;
CREATE INDEX ledger_registered ON ledger (recorded_at) WHERE action IN ('case.registered', 'case.refused');
""")
    measures.upgrade()
    means._steps()
    means._handovers()
    for name, arguments in means.DEFINERS.items():
        definer(name, arguments)
        run(f"ALTER FUNCTION {name}({arguments}) SET plan_cache_mode TO force_custom_plan")
        run(f"ALTER FUNCTION {name}({arguments}) SET jit TO off")
    run("""
CREATE FUNCTION means_of_record_v1(p_from timestamptz, p_until timestamptz)
RETURNS TABLE (source text, id uuid, at timestamptz, township_code text, organisation_id uuid, means text)
LANGUAGE sql STABLE AS $$
  SELECT t.source, t.id, t.at, t.township_code, t.organisation_id, t.means
  FROM (
    SELECT 'record' AS source, r.id, r.at, r.township_code, r.organisation_id, r.account_id, r.means
    FROM form_record r
    WHERE r.at >= p_from AND r.at < p_until AND r.means IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM form_record n WHERE n.corrects = r.id)
    UNION ALL
    SELECT CASE WHEN m.law_card IS NULL THEN 'visit' ELSE 'law_card' END, m.id, m.at, z.township_code, m.organisation_id,
      m.account_id, CASE WHEN m.law_card IS NOT NULL OR m.kind = 'service' THEN 'service' ELSE 'management' END
    FROM visit_mark m JOIN zone z ON z.id = m.zone_id
    WHERE m.at >= p_from AND m.at < p_until AND NOT EXISTS (SELECT 1 FROM form_record r WHERE r.id = m.id)
  ) t
  LEFT JOIN organisation o ON o.id = current_organisation()
  WHERE may_see(t.organisation_id, t.account_id)
    OR (current_scope() = 'organisation' AND o.code = t.township_code)
$$;
""")
    definer("means_of_record_v1", "timestamptz, timestamptz")
