"""What counts in a period, found by the period alone: a district that has had a million cases is asked as quickly."""

from migrations.sql import SERVER_ROLE, definer, run

revision = "0041"
down_revision = "0040"

COUNTED = "timestamptz, timestamptz, text, text, text"


def upgrade() -> None:
    # With its owner's rights, and the rights to a case looked at once: the policies of ledger, clocks and second looks
    # each ask for the case again, and PostgreSQL answers by reading every case there ever was.
    run("""
CREATE FUNCTION case_measure_v1(p_begin timestamptz, p_end timestamptz, p_measure text, p_township text, p_category text)
RETURNS TABLE (measure text, at timestamptz, case_id uuid, number text, township_code text, category text, state text)
LANGUAGE plpgsql STABLE ROWS 100000 AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT t.measure, t.at, c.id, c.number, c.township_code, c.category, c.state
  FROM (
    SELECT 'accepted' AS measure, o.opened_at AS at, o.id AS case_id
    FROM case_file o
    WHERE (p_measure IS NULL OR p_measure = 'accepted') AND o.opened_at >= p_begin AND o.opened_at < p_end
    UNION ALL
    SELECT CASE l.action WHEN 'case.registered' THEN 'registered' ELSE 'refused' END, l.recorded_at, l.case_id
    FROM ledger l
    WHERE (p_measure IS NULL OR p_measure IN ('registered', 'refused'))
      AND l.action IN ('case.registered', 'case.refused') AND l.recorded_at >= p_begin AND l.recorded_at < p_end
    UNION ALL
    SELECT m.measure, k.due_at, k.case_id
    FROM case_clock k
    JOIN case_file d ON d.id = k.case_id
    CROSS JOIN LATERAL (VALUES
      ('due', true),
      ('closed', d.state = 'closed'),
      ('closed_on_time', d.state = 'closed' AND coalesce(k.paused_at, k.stopped_at) <= k.due_at),
      ('reworked', d.round > 0)
    ) AS m (measure, counts)
    WHERE (p_measure IS NULL OR p_measure IN ('due', 'closed', 'closed_on_time', 'reworked'))
      AND k.name = 'handle' AND k.due_at >= p_begin AND k.due_at < p_end
      AND m.counts AND d.state NOT IN ('refused', 'cancelled', 'merged', 'transferred')
      AND NOT EXISTS (SELECT 1 FROM case_clock newer
        WHERE newer.case_id = k.case_id AND newer.name = k.name AND newer.round > k.round)
    UNION ALL
    SELECT m.measure, r.checked_at, r.case_id
    FROM recheck_result r
    CROSS JOIN LATERAL (VALUES ('rechecked', true), ('recheck_failed', NOT r.passed)) AS m (measure, counts)
    WHERE (p_measure IS NULL OR p_measure IN ('rechecked', 'recheck_failed'))
      AND r.checked_at >= p_begin AND r.checked_at < p_end AND m.counts) t
  JOIN case_file c ON c.id = t.case_id
  WHERE (p_measure IS NULL OR t.measure = p_measure)
    AND (p_township IS NULL OR coalesce(c.township_code, '') = p_township)
    AND (p_category IS NULL OR c.category = p_category)
    AND may_see_case(c.organisation_id, c.reporter_id, c.assignee_id);
END $$;
""")
    definer("case_measure_v1", COUNTED)
    run(f"""
ALTER FUNCTION case_measure_v1({COUNTED}) SET plan_cache_mode TO force_custom_plan;
ALTER FUNCTION case_measure_v1({COUNTED}) SET jit TO off;
-- Servers of before ask the view; it goes in a later step.
CREATE OR REPLACE VIEW case_measure WITH (security_invoker = true) AS
  SELECT m.measure, m.at, m.case_id, m.number, m.township_code, m.category, m.state
  FROM case_measure_v1('-infinity', 'infinity', NULL, NULL, NULL) m;
GRANT SELECT ON case_measure TO {SERVER_ROLE};
COMMENT ON FUNCTION case_measure_v1({COUNTED}) IS
  'a row for each time a case counts in a measure, and when: a due case by its due moment; of cases the asker may see';
COMMENT ON VIEW case_measure IS 'case_measure_v1 of all times, for servers of before';
""")


def downgrade() -> None:
    run(f"""
CREATE OR REPLACE VIEW case_measure WITH (security_invoker = true) AS
  SELECT 'accepted' AS measure, c.opened_at AS at, c.id AS case_id, c.number, c.township_code, c.category, c.state
  FROM case_file c
  UNION ALL
  SELECT CASE l.action WHEN 'case.registered' THEN 'registered' ELSE 'refused' END, l.recorded_at, c.id, c.number,
    c.township_code, c.category, c.state
  FROM ledger l JOIN case_file c ON c.id = l.case_id
  WHERE l.action IN ('case.registered', 'case.refused')
  UNION ALL
  SELECT m.measure, k.due_at, c.id, c.number, c.township_code, c.category, c.state
  FROM case_clock k
  JOIN case_file c ON c.id = k.case_id
  CROSS JOIN LATERAL (VALUES
    ('due', true),
    ('closed', c.state = 'closed'),
    ('closed_on_time', c.state = 'closed' AND coalesce(k.paused_at, k.stopped_at) <= k.due_at),
    ('reworked', c.round > 0)
  ) AS m (measure, counts)
  WHERE k.name = 'handle' AND m.counts AND c.state NOT IN ('refused', 'cancelled', 'merged', 'transferred')
    AND NOT EXISTS (SELECT 1 FROM case_clock newer
      WHERE newer.case_id = k.case_id AND newer.name = k.name AND newer.round > k.round)
  UNION ALL
  SELECT m.measure, r.checked_at, c.id, c.number, c.township_code, c.category, c.state
  FROM recheck_result r
  JOIN case_file c ON c.id = r.case_id
  CROSS JOIN LATERAL (VALUES ('rechecked', true), ('recheck_failed', NOT r.passed)) AS m (measure, counts)
  WHERE m.counts;
COMMENT ON VIEW case_measure IS 'a row for each time a case counts in a measure, and when: a due case by its due moment';
DROP FUNCTION case_measure_v1({COUNTED});
""")
