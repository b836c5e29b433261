"""Duties: the one duty and the items each report carries, by the rulebook in force on the day it was taken."""

from migrations.sql import append_only, run, secure

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    run("""
CREATE TABLE report_duty (
  report_id uuid CONSTRAINT report_duty_pkey PRIMARY KEY CONSTRAINT report_duty_report_id_fkey REFERENCES report (id),
  rulebook_id bigint NOT NULL CONSTRAINT report_duty_rulebook_id_fkey REFERENCES rulebook (id),
  duty text NOT NULL CONSTRAINT report_duty_known CHECK (duty IN ('hygiene', 'order', 'appearance')),
  items text[] NOT NULL CONSTRAINT report_duty_items CHECK (cardinality(items) > 0 AND array_position(items, NULL) IS NULL),
  told boolean NOT NULL
);
COMMENT ON TABLE report_duty IS 'beside a report, from the same moment: nothing of it is worked out again';
COMMENT ON COLUMN report_duty.rulebook_id IS 'the set of duties in force on report.judged_on';
COMMENT ON COLUMN report_duty.items IS 'codes of its rows';
COMMENT ON COLUMN report_duty.told IS 'the officer named the items; otherwise the category did';

-- The items of a category on a day: {id of the set, rows}. With an id of null nothing counts on that day although sets
-- were brought into force; null altogether where none ever was: there duties are not kept. Every intake asks: plpgsql keeps
-- its plans.
CREATE FUNCTION duties_on_v1(p_on date, p_category text) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
  chosen record;
BEGIN
  SELECT s.id, s.rows INTO chosen FROM rulebook s WHERE s.kind = 'duties' AND s.valid @> p_on;
  IF FOUND THEN
    RETURN json_build_object('id', chosen.id, 'rows', (
      SELECT coalesce(json_agg(json_build_object('code', r.row -> 'code', 'duty', r.row -> 'duty',
        'default', r.row -> 'default')), '[]')
      FROM json_array_elements(chosen.rows) AS r (row)
      WHERE EXISTS (
        SELECT 1 FROM json_array_elements_text(r.row -> 'categories') AS c (code) WHERE c.code = p_category)));
  ELSIF EXISTS (SELECT 1 FROM rulebook s WHERE s.kind = 'duties' AND s.version IS NOT NULL) THEN
    RETURN json_build_object('id', NULL, 'rows', json_build_array());
  END IF;
  RETURN NULL;
END $$;
""")
    append_only(["report_duty"])
    # In the same statement as its report, which the policy could not see yet; the foreign key ties it to it.
    secure(
        "report_duty",
        read="EXISTS (SELECT 1 FROM report r WHERE r.id = report_duty.report_id)",
        insert="current_account() IS NOT NULL",
    )


def downgrade() -> None:
    run("""
DROP TABLE report_duty;
DROP FUNCTION duties_on_v1(date, text);
""")
