"""Court and enforcement in one chain: entries of court stand in the ledger of their case, terms of both are told alike, and a
publication is of a decision that is there."""

from migrations import choosing
from migrations.sql import SERVER_ROLE, WORKER_ROLE, append_only, definer, run, secure

revision = "0055"
down_revision = "0054"

TICK = "date, timestamptz, text"
OF_MATTER = "EXISTS (SELECT 1 FROM legal_matter m WHERE m.id = thing)"
OF_PROCEEDING = "EXISTS (SELECT 1 FROM proceeding p WHERE p.id = thing)"
# Officers who took a step together stand in the case, whoever of them wrote it down.
OF_STEPS = """
        UNION SELECT c.assignee_id FROM case_file c WHERE c.id = p_case
        UNION SELECT CAST(o.value ->> 'account' AS uuid)
          FROM proceeding p JOIN proceeding_step s ON s.proceeding_id = p.id
          CROSS JOIN LATERAL jsonb_array_elements(s.officers) AS o (value) WHERE p.case_id = p_case"""


def upgrade() -> None:
    run("""
ALTER TABLE publication ADD CONSTRAINT publication_decision_id_fkey FOREIGN KEY (decision_id) REFERENCES decision (id);
COMMENT ON COLUMN publication.decision_id IS NULL;

ALTER TABLE legal_entry ADD COLUMN ledger_seq integer;
COMMENT ON COLUMN legal_entry.ledger_seq IS 'number of its entry in the ledger of the case; null without a case';
-- What was named before anybody looked stays as it is.
ALTER TABLE legal_entry ADD CONSTRAINT legal_entry_attachment_fkey FOREIGN KEY (attachment) REFERENCES attachment (sha256)
  NOT VALID;

-- One of a kind for a body, and one for each person of it.
ALTER TABLE inbox_entry DROP CONSTRAINT inbox_entry_once,
  ADD CONSTRAINT inbox_entry_once UNIQUE NULLS NOT DISTINCT (case_id, organisation_id, kind, account_id);
""")
    run(choosing.people(choosing.OF_CASE, OF_STEPS))
    definer("case_people_v1", "uuid")
    _terms()
    _telling()


def _terms() -> None:
    run("""
-- Terms by days that run, of matters of court and of proceedings, each with whom it concerns.
CREATE VIEW term_running WITH (security_invoker = true) AS
SELECT 'litigation' AS practice, r.matter_id AS thing, r.code, r.due_on, r.warn_on, m.organisation_id, m.case_id,
  CAST(NULL AS uuid) AS officer_id
FROM legal_clock_running r JOIN legal_matter m ON m.id = r.matter_id
UNION ALL
SELECT 'enforcement', p.id, k.name, k.due_on, k.warn_on, p.organisation_id, p.case_id, p.officer_id
FROM proceeding p
CROSS JOIN LATERAL jsonb_to_recordset(p.clocks) AS k (name text, due_on date, warn_on date, stopped_on date)
WHERE p.ended_at IS NULL AND k.stopped_on IS NULL;

CREATE TABLE term_warning (
  practice text NOT NULL CONSTRAINT term_warning_practice_known CHECK (practice IN ('litigation', 'enforcement')),
  thing uuid NOT NULL,
  code text NOT NULL,
  due_on date NOT NULL,
  mark text NOT NULL CONSTRAINT term_warning_mark_known CHECK (mark IN ('soon', 'overdue')),
  told_at timestamptz NOT NULL,
  CONSTRAINT term_warning_pkey PRIMARY KEY (practice, thing, code, due_on, mark)
);
COMMENT ON TABLE term_warning IS 'what was told of a term; a term that begins anew is another by its last day';
COMMENT ON COLUMN term_warning.thing IS 'the matter of court or the proceeding';
INSERT INTO term_warning
SELECT 'litigation', w.matter_id, w.code, k.due_on, w.mark, w.told_at
FROM legal_warning w JOIN legal_clock k ON k.matter_id = w.matter_id AND k.code = w.code;
DROP TABLE legal_warning;
""")
    append_only(["term_warning"])
    secure(
        "term_warning",
        read=f"CASE practice WHEN 'litigation' THEN {OF_MATTER} ELSE {OF_PROCEEDING} END",
    )
    run(f"GRANT SELECT ON term_running TO {SERVER_ROLE}")


def _telling() -> None:
    run(f"""
DROP FUNCTION legal_tick_v1({TICK});
-- Tell of terms that end soon or have ended, each once, whoever else ticks; returns how many. The body hears of it by its
-- channels and, where there is a case, in its inbox; the officer who conducts a proceeding in their own.
CREATE FUNCTION terms_tick_v1(p_today date, p_at timestamptz, p_time_zone text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  told integer := 0;
  passed record;
BEGIN
  FOR passed IN
    WITH due AS (
      INSERT INTO term_warning (practice, thing, code, due_on, mark, told_at)
      SELECT r.practice, r.thing, r.code, r.due_on, m.mark, p_at
      FROM term_running r
      CROSS JOIN LATERAL (
        SELECT CASE WHEN r.due_on < p_today THEN 'overdue' WHEN r.warn_on <= p_today THEN 'soon' END AS mark) m
      WHERE m.mark IS NOT NULL
      ON CONFLICT DO NOTHING
      RETURNING *)
    SELECT d.practice || '.' || d.mark AS event, d.mark, d.thing, d.code, d.due_on, r.organisation_id, r.case_id,
      r.officer_id, f.number
    FROM due d
    JOIN term_running r USING (practice, thing, code, due_on)
    LEFT JOIN case_file f ON f.id = r.case_id
    ORDER BY d.due_on, d.thing, d.code
  LOOP
    -- The newest of a kind stands for those before it.
    DELETE FROM inbox_entry i WHERE i.case_id = passed.case_id AND i.kind = passed.event;
    INSERT INTO inbox_entry (organisation_id, account_id, case_id, kind, reason, created_at)
    SELECT w.organisation_id, w.account_id, passed.case_id, passed.event, passed.code, p_at
    FROM (
      SELECT passed.organisation_id, CAST(NULL AS uuid) AS account_id
      UNION ALL SELECT a.organisation_id, a.id FROM account a WHERE a.id = passed.officer_id) w
    WHERE passed.case_id IS NOT NULL;
    PERFORM outbox_put_v1(passed.event, concat_ws(':', passed.event, passed.thing, passed.code, passed.due_on),
      passed.organisation_id, jsonb_strip_nulls(jsonb_build_object('case', passed.number, 'action', passed.event,
        'clock', passed.code, 'mark', passed.mark,
        'due_at', clock_time(CAST(passed.due_on + 1 AS timestamp) AT TIME ZONE p_time_zone))));
    told := told + 1;
  END LOOP;
  RETURN told;
END $$;
""")
    _of_the_worker("terms_tick_v1")


def _of_the_worker(function: str) -> None:
    definer(function, TICK)
    run(f"""
ALTER FUNCTION {function}({TICK}) SET frontage.scope = 'district';
REVOKE EXECUTE ON FUNCTION {function}({TICK}) FROM {SERVER_ROLE};
GRANT EXECUTE ON FUNCTION {function}({TICK}) TO {WORKER_ROLE};
""")


def downgrade() -> None:
    run(f"""
DROP FUNCTION terms_tick_v1({TICK});
CREATE TABLE legal_warning (
  matter_id uuid NOT NULL,
  code text NOT NULL,
  mark text NOT NULL CONSTRAINT legal_warning_mark_known CHECK (mark IN ('soon', 'overdue')),
  told_at timestamptz NOT NULL,
  CONSTRAINT legal_warning_pkey PRIMARY KEY (matter_id, code, mark),
  CONSTRAINT legal_warning_clock_fkey FOREIGN KEY (matter_id, code) REFERENCES legal_clock (matter_id, code)
);
INSERT INTO legal_warning SELECT thing, code, mark, told_at FROM term_warning WHERE practice = 'litigation';
DROP TABLE term_warning;
DROP VIEW term_running;
DELETE FROM inbox_entry WHERE kind IN ('enforcement.soon', 'enforcement.overdue', 'litigation.soon', 'litigation.overdue');
ALTER TABLE inbox_entry DROP CONSTRAINT inbox_entry_once,
  ADD CONSTRAINT inbox_entry_once UNIQUE (case_id, organisation_id, kind);
ALTER TABLE legal_entry DROP CONSTRAINT legal_entry_attachment_fkey, DROP COLUMN ledger_seq;
ALTER TABLE publication DROP CONSTRAINT publication_decision_id_fkey;
COMMENT ON COLUMN publication.decision_id IS 'of decision_v1';
""")
    append_only(["legal_warning"])
    secure("legal_warning", read="EXISTS (SELECT 1 FROM legal_matter m WHERE m.id = matter_id)")
    run(choosing.PEOPLE)
    definer("case_people_v1", "uuid")
    run(TELLING_BEFORE)
    _of_the_worker("legal_tick_v1")


TELLING_BEFORE = """
CREATE FUNCTION legal_tick_v1(p_today date, p_at timestamptz, p_time_zone text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  told integer := 0;
  passed record;
BEGIN
  FOR passed IN
    WITH due AS (
      INSERT INTO legal_warning (matter_id, code, mark, told_at)
      SELECT r.matter_id, r.code, m.mark, p_at
      FROM legal_clock_running r
      CROSS JOIN LATERAL (
        SELECT CASE WHEN r.due_on < p_today THEN 'overdue' WHEN r.warn_on <= p_today THEN 'soon' END AS mark) m
      WHERE m.mark IS NOT NULL
      ON CONFLICT DO NOTHING
      RETURNING legal_warning.matter_id, legal_warning.code, legal_warning.mark)
    SELECT d.mark, d.code, k.due_on, m.id, m.organisation_id, f.number
    FROM due d
    JOIN legal_clock k ON k.matter_id = d.matter_id AND k.code = d.code
    JOIN legal_matter m ON m.id = d.matter_id
    LEFT JOIN case_file f ON f.id = m.case_id
  LOOP
    PERFORM outbox_put_v1('litigation.' || passed.mark, concat_ws(':', 'litigation', passed.id, passed.code, passed.mark),
      passed.organisation_id, jsonb_strip_nulls(jsonb_build_object('case', passed.number, 'action',
        'litigation.' || passed.mark, 'clock', passed.code, 'mark', passed.mark,
        'due_at', clock_time(CAST(passed.due_on + 1 AS timestamp) AT TIME ZONE p_time_zone))));
    told := told + 1;
  END LOOP;
  RETURN told;
END $$;
"""
