"""What people did by the three means of 721, what was handed to townships, and scorecards as they were worked out."""

from migrations.sql import SERVER_ROLE, append_only, definer, run, secure

revision = "0054"
down_revision = "0053"

DEFINERS = {
    "means_count_v1": "timestamptz, timestamptz, text, text, boolean, boolean",
    "means_steps_v1": "timestamptz, timestamptz, text, text[], text[], text[], timestamptz, text, integer",
    "handover_figures_v1": "timestamptz, timestamptz, text",
}
ENFORCEMENT = "enforcement."


def upgrade() -> None:
    _steps()
    _handovers()
    for name, arguments in DEFINERS.items():
        definer(name, arguments)
        run(f"ALTER FUNCTION {name}({arguments}) SET plan_cache_mode TO force_custom_plan")
        run(f"ALTER FUNCTION {name}({arguments}) SET jit TO off")
    _scorecards()


def _steps() -> None:
    # What nobody did (marks of clocks) is no step. A record that counts as a visit has a mark of the same id.
    run(f"""
CREATE INDEX ledger_recorded_at ON ledger USING brin (recorded_at);
CREATE VIEW means_step_v1 WITH (security_invoker = true) AS
  SELECT CASE WHEN l.action LIKE '{ENFORCEMENT}%' THEN 'enforcement_step' ELSE 'case_action' END AS origin,
    CASE WHEN l.action LIKE '{ENFORCEMENT}%' THEN substr(l.action, {len(ENFORCEMENT) + 1}) ELSE l.action END AS name,
    e.means AS own_means, l.recorded_at AS at, c.organisation_id, c.township_code, c.number,
    CAST(NULL AS uuid) AS record_id, c.number || ':' || lpad(CAST(l.seq AS text), 9, '0') AS key
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
COMMENT ON VIEW means_step_v1 IS 'what people did and was kept, a row a step, without names';
GRANT SELECT ON means_step_v1 TO {SERVER_ROLE};

-- How many steps of a period there are of each kind, by township and month where that is wanted; of bodies the asker may see.
CREATE FUNCTION means_count_v1(p_begin timestamptz, p_end timestamptz, p_township text, p_time_zone text, p_by_township boolean,
  p_by_month boolean)
RETURNS TABLE (origin text, name text, own_means text, township_code text, month date, steps bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  seen uuid[] := ARRAY(SELECT o.id FROM organisation o WHERE may_see(o.id, NULL));
BEGIN
  RETURN QUERY
  SELECT t.origin, t.name, t.own_means, t.township_code, CAST(t.month AS date), count(*)
  FROM (
    SELECT s.origin, s.name, s.own_means, CASE WHEN p_by_township THEN coalesce(s.township_code, '') END AS township_code,
      CASE WHEN p_by_month THEN date_trunc('month', s.at AT TIME ZONE p_time_zone) END AS month
    FROM means_step_v1 s
    WHERE s.at >= p_begin AND s.at < p_end AND s.organisation_id = ANY (seen)
      AND (p_township IS NULL OR coalesce(s.township_code, '') = p_township)) t
  GROUP BY 1, 2, 3, 4, t.month;
END $$;

-- One page of the steps of some kinds, oldest first.
CREATE FUNCTION means_steps_v1(p_begin timestamptz, p_end timestamptz, p_township text, p_origins text[], p_names text[],
  p_owns text[], p_after_at timestamptz, p_after text, p_rows integer)
RETURNS TABLE (origin text, name text, own_means text, at timestamptz, township_code text, number text, record_id uuid, key text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  seen uuid[] := ARRAY(SELECT o.id FROM organisation o WHERE may_see(o.id, NULL));
BEGIN
  RETURN QUERY
  SELECT s.origin, s.name, s.own_means, s.at, s.township_code, s.number, s.record_id, s.key
  FROM means_step_v1 s
  WHERE s.at >= greatest(p_begin, p_after_at) AND s.at < p_end AND s.organisation_id = ANY (seen)
    AND (p_township IS NULL OR coalesce(s.township_code, '') = p_township)
    AND (s.origin, s.name, coalesce(s.own_means, '')) IN (SELECT * FROM unnest(p_origins, p_names, p_owns))
    AND (p_after_at IS NULL OR (s.at, s.key) > (p_after_at, p_after))
  ORDER BY s.at, s.key
  LIMIT p_rows;
END $$;
""")


def _handovers() -> None:
    run("""
-- What was handed to townships in a period, by the township of the case: how often, how often it was acknowledged, how often
-- before it was escalated, how often it was escalated. What happens counts until the case is handed over again.
CREATE FUNCTION handover_figures_v1(p_begin timestamptz, p_end timestamptz, p_township text)
RETURNS TABLE (township_code text, handed_over bigint, acknowledged bigint, acknowledged_in_time bigint, escalated bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  seen uuid[] := ARRAY(SELECT o.id FROM organisation o WHERE may_see(o.id, NULL));
BEGIN
  RETURN QUERY
  WITH handed AS MATERIALIZED (
    SELECT DISTINCT l.case_id FROM ledger l
    WHERE l.recorded_at >= p_begin AND l.recorded_at < p_end AND l.action IN ('case.dispatched', 'case.reopened', 'case.transferred')),
  entries AS (
    SELECT e.case_id, e.seq, e.recorded_at, e.action,
      e.action = 'case.dispatched'
        OR e.action IN ('case.reopened', 'case.transferred') AND CAST(e.body AS json) ->> 'to' = 'dispatched' AS begins
    FROM handed h JOIN ledger e ON e.case_id = h.case_id
    WHERE e.action IN ('case.dispatched', 'case.reopened', 'case.transferred', 'case.accepted', 'clock.escalated')),
  spans AS (
    SELECT n.*, count(*) FILTER (WHERE n.begins) OVER (PARTITION BY n.case_id ORDER BY n.seq) AS span FROM entries n),
  handovers AS (
    SELECT s.case_id, bool_or(s.action = 'case.accepted') AS accepted, bool_or(s.action = 'clock.escalated') AS late
    FROM spans s
    GROUP BY s.case_id, s.span
    HAVING bool_or(s.begins AND s.recorded_at >= p_begin AND s.recorded_at < p_end))
  SELECT coalesce(c.township_code, ''), count(*), count(*) FILTER (WHERE x.accepted),
    count(*) FILTER (WHERE x.accepted AND NOT x.late), count(*) FILTER (WHERE x.late)
  FROM handovers x
  JOIN case_file c ON c.id = x.case_id
  WHERE c.organisation_id = ANY (seen) AND (p_township IS NULL OR coalesce(c.township_code, '') = p_township)
  GROUP BY 1
  ORDER BY 1;
END $$;
""")


def _scorecards() -> None:
    run("""
CREATE TABLE scorecard_run (
  id uuid CONSTRAINT scorecard_run_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  rulebook_id bigint NOT NULL CONSTRAINT scorecard_run_rulebook_id_fkey REFERENCES rulebook (id),
  code text NOT NULL CONSTRAINT scorecard_run_code_length CHECK (length(code) BETWEEN 1 AND 64),
  from_day date NOT NULL,
  to_day date NOT NULL,
  inputs text NOT NULL,
  result text NOT NULL,
  digest text NOT NULL CONSTRAINT scorecard_run_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  made_at timestamptz NOT NULL,
  made_by uuid NOT NULL CONSTRAINT scorecard_run_made_by_fkey REFERENCES account (id),
  CONSTRAINT scorecard_run_in_order CHECK (from_day <= to_day)
);
COMMENT ON TABLE scorecard_run IS 'scores of townships as they were worked out; inputs and rulebook give the very same bytes again';
COMMENT ON COLUMN scorecard_run.inputs IS 'JSON with sorted members: counts of each township';
COMMENT ON COLUMN scorecard_run.result IS 'JSON with sorted members; its SHA-256 is digest';
CREATE INDEX scorecard_run_list ON scorecard_run (made_at DESC, id DESC);
CREATE INDEX scorecard_run_rulebook_id ON scorecard_run (rulebook_id);
""")
    append_only(["scorecard_run"])
    # A ranking is for those who are ranked.
    secure(
        "scorecard_run",
        read="current_scope() IN ('district', 'organisation')",
        insert="current_scope() = 'district' AND made_by = current_account()",
    )


def downgrade() -> None:
    run("DROP TABLE scorecard_run")
    for name, arguments in DEFINERS.items():
        run(f"DROP FUNCTION {name}({arguments})")
    run("DROP VIEW means_step_v1; DROP INDEX ledger_recorded_at")
