"""Leniency: what counts as an earlier offence, and decisions not to punish or to punish less, with what was waived."""

from migrations.sql import SERVER_ROLE, append_only, definer, run, secure

revision = "0049"
down_revision = "0048"

DEFINERS = {
    "offences_v1": "uuid, text[], timestamptz, timestamptz, uuid",
    "case_corrected_v1": "uuid",
}
DECIDING = "asks_as('handler', 'reviewer', 'zone_manager', 'admin')"


def upgrade() -> None:
    run("""
CREATE TABLE leniency_decision (
  id uuid CONSTRAINT leniency_decision_pkey PRIMARY KEY,
  case_id uuid CONSTRAINT leniency_decision_case_id_fkey REFERENCES case_file (id),
  subject_id uuid NOT NULL CONSTRAINT leniency_decision_subject_id_fkey REFERENCES subject (id),
  item text NOT NULL,
  rulebook_id bigint NOT NULL CONSTRAINT leniency_decision_rulebook_id_fkey REFERENCES rulebook (id),
  list_code text NOT NULL,
  branch text NOT NULL CONSTRAINT leniency_decision_branch_known
    CHECK (branch IN ('shall_not_punish', 'may_not_punish', 'mitigate')),
  happened_on date NOT NULL,
  facts jsonb NOT NULL,
  conditions jsonb NOT NULL,
  amount_yuan numeric(14, 2) NOT NULL CONSTRAINT leniency_decision_amount_yuan_range CHECK (amount_yuan >= 0),
  waived_yuan numeric(14, 2) NOT NULL,
  reason text NOT NULL,
  education text,
  educated_on date,
  digest text NOT NULL CONSTRAINT leniency_decision_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  township_code text,
  organisation_id uuid NOT NULL CONSTRAINT leniency_decision_organisation_id_fkey REFERENCES organisation (id),
  decided_on date NOT NULL,
  decided_at timestamptz NOT NULL,
  decided_by uuid NOT NULL CONSTRAINT leniency_decision_decided_by_fkey REFERENCES account (id),
  CONSTRAINT leniency_decision_waived_range CHECK (waived_yuan BETWEEN 0 AND amount_yuan),
  CONSTRAINT leniency_decision_all_waived CHECK (branch = 'mitigate' OR waived_yuan = amount_yuan),
  CONSTRAINT leniency_decision_educated CHECK ((education IS NULL) = (educated_on IS NULL)
    AND (branch = 'mitigate' OR education IS NOT NULL))
);
CREATE UNIQUE INDEX leniency_decision_of_case ON leniency_decision (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX leniency_decision_of_subject ON leniency_decision (subject_id);
CREATE INDEX leniency_decision_list ON leniency_decision (decided_at DESC, id DESC);
COMMENT ON TABLE leniency_decision IS 'decisions not to punish, or to punish less; each case has one at most';
COMMENT ON COLUMN leniency_decision.facts IS 'what was known, and of each fact who says so: the system or a person';
COMMENT ON COLUMN leniency_decision.conditions IS 'those of the row of the list, and that each held';
COMMENT ON COLUMN leniency_decision.amount_yuan IS 'the fine without leniency';
COMMENT ON COLUMN leniency_decision.education IS 'how the person was educated: who is not punished has to be';

-- An offence is a case of a subject that was put right and closed, or one that was let off; later kinds of outcome are added
-- here. One case may stand here more than once. Whoever reads it sees the cases that are theirs.
CREATE VIEW offence_v1 WITH (security_invoker = true) AS
SELECT p.subject_id, c.category AS item, c.opened_at AS at, c.id AS case_id, 'closed' AS outcome
FROM subject_place p
JOIN case_glance g ON lower(g.zone_code) = lower(p.zone_code) AND g.zone_kind = p.zone_kind AND g.zone_code = p.zone_code
JOIN case_file c ON c.id = g.case_id AND c.state = 'closed'
LEFT JOIN report r ON r.id = g.report_id
WHERE p.valid @> coalesce(r.judged_on, CAST(c.opened_at AS date))
UNION ALL
SELECT d.subject_id, d.item, coalesce(c.opened_at, CAST(d.happened_on AS timestamptz)), d.case_id, d.branch
FROM leniency_decision d LEFT JOIN case_file c ON c.id = d.case_id;
""")
    run(f"GRANT SELECT ON offence_v1 TO {SERVER_ROLE}")
    append_only(["leniency_decision"])
    secure(
        "leniency_decision",
        read="may_see(organisation_id, decided_by)",
        insert=f"{DECIDING} AND decided_by = current_account() AND organisation_id = current_organisation()",
    )
    run("""
-- Earlier offences of a subject, and of records merged into it, in some matters and a time, another case left out; whoever
-- asks may not see those cases, hence with the owner's rights and no more than what decides.
CREATE FUNCTION offences_v1(p_subject uuid, p_items text[], p_from timestamptz, p_to timestamptz, p_case uuid)
RETURNS TABLE (number text, item text, at timestamptz, outcomes text[]) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  IF current_account() IS NULL THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH RECURSIVE family AS (
    SELECT subject_root_v1(p_subject) AS id UNION SELECT s.id FROM subject s JOIN family f ON s.merged_into = f.id
  )
  SELECT c.number, o.item, o.at, array_agg(DISTINCT o.outcome ORDER BY o.outcome)
  FROM offence_v1 o
  JOIN family f ON f.id = o.subject_id
  LEFT JOIN case_file c ON c.id = o.case_id
  WHERE o.item = ANY (p_items) AND o.at >= p_from AND o.at < p_to AND (p_case IS NULL OR o.case_id IS DISTINCT FROM p_case)
  GROUP BY o.case_id, c.number, o.item, o.at
  ORDER BY o.at DESC, c.number;
END $$;

-- What the clocks of a case say of putting it right: since when it is, within its time or not. The caller sees the case.
CREATE FUNCTION case_corrected_v1(p_case uuid)
RETURNS TABLE (corrected boolean, corrected_at timestamptz, in_time boolean, opened_at timestamptz,
  due_at timestamptz) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT c.state IN ('replied', 'checked', 'closed'),
    CASE WHEN c.state IN ('replied', 'checked', 'closed') THEN coalesce(k.paused_at, k.stopped_at, c.closed_at) END,
    CASE WHEN c.state IN ('replied', 'checked', 'closed') THEN k.used_us <= k.allowed_us END, c.opened_at, k.due_at
  FROM case_file c
  LEFT JOIN LATERAL (SELECT n.paused_at, n.stopped_at, n.used_us, n.allowed_us, n.due_at FROM case_clock n
    WHERE n.case_id = c.id AND n.name = 'handle' ORDER BY n.round DESC LIMIT 1) k ON true
  WHERE c.id = p_case AND may_see(c.organisation_id, c.reporter_id);
END $$;
""")
    for name, arguments in DEFINERS.items():
        definer(name, arguments)


def downgrade() -> None:
    run("""
DROP FUNCTION case_corrected_v1(uuid);
DROP FUNCTION offences_v1(uuid, text[], timestamptz, timestamptz, uuid);
DROP VIEW offence_v1;
DROP TABLE leniency_decision;
""")
