"""Who looks at which case of a sample again and with what photo, goals of a campaign by township, and its cases."""

from migrations.sql import append_only, definer, run, secure

revision = "0035"
down_revision = "0034"

DISTRICT = "current_scope() = 'district'"
DEFINERS = {"recheck_checkers_v1": "", "campaign_cases_v1": "uuid"}


def upgrade() -> None:
    run("""
CREATE TABLE recheck_assignment (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT recheck_assignment_pkey PRIMARY KEY,
  recheck_id uuid NOT NULL CONSTRAINT recheck_assignment_recheck_id_fkey REFERENCES recheck (id),
  case_id uuid NOT NULL CONSTRAINT recheck_assignment_case_id_fkey REFERENCES case_file (id),
  account_id uuid CONSTRAINT recheck_assignment_account_id_fkey REFERENCES account (id),
  given_at timestamptz NOT NULL,
  given_by uuid NOT NULL CONSTRAINT recheck_assignment_given_by_fkey REFERENCES account (id)
);
CREATE INDEX recheck_assignment_of_case ON recheck_assignment (recheck_id, case_id, id DESC);
CREATE INDEX recheck_assignment_account_id ON recheck_assignment (account_id);
COMMENT ON TABLE recheck_assignment IS 'who was asked to look at a case of a sample; of each case the newest counts';
COMMENT ON COLUMN recheck_assignment.account_id IS 'null: taken back';

ALTER TABLE recheck_result ADD COLUMN report_id uuid CONSTRAINT recheck_result_report_id_fkey REFERENCES report (id);
COMMENT ON COLUMN recheck_result.report_id IS 'what was photographed there, when and where; null: nothing was';
CREATE INDEX recheck_result_report_id ON recheck_result (report_id);

ALTER TABLE campaign_terms ADD COLUMN goals jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN campaign_terms.goals IS
  'by code of a township: how many of its zones the checklist is to be gone through in; left out: all of them';
""")
    append_only(["recheck_assignment"])
    secure("recheck_assignment", read=DISTRICT, insert=f"{DISTRICT} AND given_by = current_account()")
    run("""
-- The checkers of the district, for somebody of the district.
CREATE FUNCTION recheck_checkers_v1() RETURNS TABLE (account_id uuid, display_name text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT a.id, a.display_name FROM account a JOIN organisation o ON o.id = a.organisation_id
  WHERE a.role = 'checker' AND o.kind = 'district' AND a.disabled_at IS NULL AND current_scope() = 'district'
    AND asks_as('checker', 'zone_manager')
  ORDER BY a.display_name, a.id;
END $$;

-- Cases of a campaign in the zones that the asker's body answers for, each with a zone it counts for: those whose
-- reports count in campaign_progress_v1, and those whose photos were linked to a result. Who may read a case is decided
-- where it is read.
CREATE FUNCTION campaign_cases_v1(p_campaign uuid)
RETURNS TABLE (case_id uuid, zone_code text, township_code text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  of_kind text;
  first_day date;
  last_day date;
BEGIN
  SELECT c.kind, c.from_day, t.to_day INTO of_kind, first_day, last_day
  FROM campaign c JOIN campaign_terms t ON t.campaign_id = c.id
  WHERE c.id = p_campaign AND current_account() IS NOT NULL
  ORDER BY t.version DESC LIMIT 1;
  RETURN QUERY
  WITH here AS (
    SELECT z.code, z.township_code FROM campaign_zone z
    WHERE z.campaign_id = p_campaign AND EXISTS (SELECT 1 FROM organisation o
      WHERE o.id = current_organisation() AND (o.kind = 'district' OR o.code = z.township_code))
  ), found AS (
    SELECT cr.case_id, h.code, h.township_code
    FROM report r
    JOIN here h ON h.code = ANY (r.zone_codes)
    JOIN case_report cr ON cr.report_id = r.id
    JOIN case_file c ON c.id = cr.case_id
    WHERE r.judged_on BETWEEN first_day AND last_day AND r.zone_codes && ARRAY(SELECT h.code FROM here h)
      AND NOT EXISTS (SELECT 1 FROM zone_choice x JOIN zone z ON z.id = x.zone_id
        WHERE x.id = c.zone_choice_id AND z.kind = of_kind)
    UNION ALL
    SELECT c.id, h.code, h.township_code
    FROM here h
    JOIN zone z ON z.kind = of_kind AND z.code = h.code
    JOIN zone_choice x ON x.zone_id = z.id
    JOIN case_file c ON c.zone_choice_id = x.id
    JOIN case_report cr ON cr.case_id = c.id
    JOIN report r ON r.id = cr.report_id AND r.judged_on BETWEEN first_day AND last_day
    UNION ALL
    SELECT cr.case_id, h.code, h.township_code
    FROM campaign_result f
    JOIN here h ON h.code = f.zone_code
    JOIN campaign_result_report l ON l.result_id = f.id
    JOIN case_report cr ON cr.report_id = l.report_id
    WHERE f.campaign_id = p_campaign)
  SELECT f.case_id, min(f.code), min(f.township_code) FROM found f GROUP BY f.case_id;
END $$;
""")
    for name, arguments in DEFINERS.items():
        definer(name, arguments)


def downgrade() -> None:
    for name, arguments in DEFINERS.items():
        run(f"DROP FUNCTION {name}({arguments})")
    run("""
ALTER TABLE campaign_terms DROP COLUMN goals;
ALTER TABLE recheck_result DROP COLUMN report_id;
DROP TABLE recheck_assignment;
""")
