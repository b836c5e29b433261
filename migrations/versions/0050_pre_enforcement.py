"""Enforcement: certificates of officers; proceedings on cases with their steps, each an entry of the ledger; decisions."""

from migrations.sql import SERVER_ROLE, append_only, definer, run, secure

revision = "0050"
down_revision = "0049"

# server/enforcement/steps_table.py has the same, and a test compares them.
STATES = (
    "'filed','inquired','ordered','noticed','heard','reviewing','reviewed','confirming','decided','served','complied',"
    "'ended','dropped'"
)
OUTCOMES = "'warning','no_penalty_shall','no_penalty_may','mitigated','penalty'"
# Whoever sees the case, and the body that conducts it after the case has gone elsewhere.
SEEN = "may_see(organisation_id, officer_id) OR EXISTS (SELECT 1 FROM case_file c WHERE c.id = case_id)"
OF_SEEN = "EXISTS (SELECT 1 FROM proceeding p WHERE p.id = proceeding_id)"
SHOWN = "current_scope() = 'district' OR organisation_id = current_organisation()"
# As 0049 has it.
OFFENCES = """
CREATE OR REPLACE VIEW offence_v1 WITH (security_invoker = true) AS
SELECT p.subject_id, c.category AS item, c.opened_at AS at, c.id AS case_id, 'closed' AS outcome
FROM subject_place p
JOIN case_glance g ON lower(g.zone_code) = lower(p.zone_code) AND g.zone_kind = p.zone_kind AND g.zone_code = p.zone_code
JOIN case_file c ON c.id = g.case_id AND c.state = 'closed'
LEFT JOIN report r ON r.id = g.report_id
WHERE p.valid @> coalesce(r.judged_on, CAST(c.opened_at AS date))
UNION ALL
SELECT d.subject_id, d.item, coalesce(c.opened_at, CAST(d.happened_on AS timestamptz)), d.case_id, d.branch
FROM leniency_decision d LEFT JOIN case_file c ON c.id = d.case_id"""
# What was decided against somebody counts too; what was let off stands in the record of leniency.
OF_DECISIONS = """
UNION ALL
SELECT p.subject_id, c.category, c.opened_at, p.case_id, d.outcome
FROM decision d JOIN proceeding p ON p.id = d.proceeding_id JOIN case_file c ON c.id = p.case_id
WHERE p.subject_id IS NOT NULL AND d.outcome IN ('warning', 'mitigated', 'penalty')"""
KEEPS = "current_scope() = 'district' OR current_scope() = 'organisation' AND organisation_id = current_organisation()"


def upgrade() -> None:
    _certificates()
    _tables()
    _acting()
    _decisions()


def _certificates() -> None:
    run("""
CREATE TABLE certificate (
  id uuid CONSTRAINT certificate_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  account_id uuid NOT NULL CONSTRAINT certificate_account_id_fkey REFERENCES account (id),
  organisation_id uuid NOT NULL CONSTRAINT certificate_organisation_id_fkey REFERENCES organisation (id),
  kind text NOT NULL CONSTRAINT certificate_kind_known CHECK (kind IN ('enforcement', 'supervision', 'assistant')),
  number text NOT NULL CONSTRAINT certificate_number_length CHECK (length(number) BETWEEN 1 AND 64),
  valid daterange NOT NULL CONSTRAINT certificate_valid_bounded
    CHECK (NOT lower_inf(valid) AND NOT upper_inf(valid)),
  photo text CONSTRAINT certificate_photo_fkey REFERENCES attachment (sha256),
  created_at timestamptz NOT NULL,
  created_by uuid CONSTRAINT certificate_created_by_fkey REFERENCES account (id),
  withdrawn_at timestamptz,
  withdrawn_by uuid CONSTRAINT certificate_withdrawn_by_fkey REFERENCES account (id),
  withdrawn_reason text CONSTRAINT certificate_withdrawn_reason_length CHECK (length(withdrawn_reason) BETWEEN 1 AND 2000),
  CONSTRAINT certificate_withdrawn_whole CHECK ((withdrawn_at IS NULL) = (withdrawn_reason IS NULL)),
  CONSTRAINT certificate_one_at_a_time EXCLUDE USING gist (account_id WITH =, kind WITH =, valid WITH &&),
  CONSTRAINT certificate_number_of_one EXCLUDE USING gist
    (kind WITH =, number WITH =, account_id WITH <>, valid WITH &&)
);
COMMENT ON TABLE certificate IS 'certificates of officers; one that is withdrawn ends the day before';
COMMENT ON COLUMN certificate.organisation_id IS 'the body its holder was of when it was entered';
CREATE INDEX certificate_of_organisation ON certificate (organisation_id);
CREATE INDEX certificate_photo ON certificate (photo) WHERE photo IS NOT NULL;

-- Whose certificates the asker may see: of the same body, of all for the district; who they are stands with each.
CREATE FUNCTION certificate_holders_v1()
RETURNS TABLE (id uuid, username text, display_name text, role text, organisation_id uuid) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT a.id, a.username, a.display_name, a.role, a.organisation_id FROM account a
  WHERE current_scope() = 'district' OR a.organisation_id = current_organisation() OR a.id = current_account();
END $$;

-- Those of some accounts that count on a day, and when the last one of the others ended: shown whenever they act.
CREATE FUNCTION certificates_on_v1(p_accounts uuid[], p_on date)
RETURNS TABLE (account_id uuid, display_name text, number text, ended_on date) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT a.id, a.display_name,
    (SELECT x.number FROM certificate x WHERE x.account_id = a.id AND x.kind = 'enforcement' AND x.valid @> p_on),
    (SELECT max(upper(x.valid)) - 1 FROM certificate x
     WHERE x.account_id = a.id AND x.kind = 'enforcement' AND upper(x.valid) <= p_on)
  FROM account a
  WHERE a.id = ANY (p_accounts) AND a.disabled_at IS NULL
  ORDER BY a.display_name, a.id;
END $$;
""")
    definer("certificate_holders_v1", "")
    definer("certificates_on_v1", "uuid[], date")
    secure("certificate", read=f"{SHOWN} OR account_id = current_account()", insert=KEEPS, update=KEEPS)
    run(f"GRANT UPDATE (valid, withdrawn_at, withdrawn_by, withdrawn_reason) ON certificate TO {SERVER_ROLE}")


def _tables() -> None:
    run(f"""
CREATE TABLE proceeding (
  id uuid CONSTRAINT proceeding_pkey PRIMARY KEY,
  number text NOT NULL CONSTRAINT proceeding_number_key UNIQUE,
  case_id uuid NOT NULL CONSTRAINT proceeding_case_id_fkey REFERENCES case_file (id),
  subject_id uuid CONSTRAINT proceeding_subject_id_fkey REFERENCES subject (id),
  party_kind text NOT NULL CONSTRAINT proceeding_party_kind_known CHECK (party_kind IN ('unit', 'person')),
  party_name text NOT NULL CONSTRAINT proceeding_party_name_length CHECK (length(party_name) BETWEEN 1 AND 200),
  organisation_id uuid NOT NULL CONSTRAINT proceeding_organisation_id_fkey REFERENCES organisation (id),
  officer_id uuid NOT NULL CONSTRAINT proceeding_officer_id_fkey REFERENCES account (id),
  procedure text NOT NULL CONSTRAINT proceeding_procedure_known CHECK (procedure IN ('ordinary', 'simple')),
  item text NOT NULL,
  items_id bigint NOT NULL CONSTRAINT proceeding_items_id_fkey REFERENCES rulebook (id),
  state text NOT NULL CONSTRAINT proceeding_state_known CHECK (state IN ({STATES})),
  version integer NOT NULL CONSTRAINT proceeding_version_positive CHECK (version > 0),
  outcome text CONSTRAINT proceeding_outcome_known CHECK (outcome IN ({OUTCOMES})),
  amount_yuan numeric(12, 2) CONSTRAINT proceeding_amount_not_negative CHECK (amount_yuan >= 0),
  heard boolean NOT NULL DEFAULT false,
  clocks jsonb NOT NULL,
  due_on date,
  opened_at timestamptz NOT NULL,
  ended_at timestamptz
);
COMMENT ON TABLE proceeding IS 'what is done by law about the matter of a case, against one party';
COMMENT ON COLUMN proceeding.organisation_id IS 'the body that conducts it';
COMMENT ON COLUMN proceeding.officer_id IS 'who opened it';
COMMENT ON COLUMN proceeding.items_id IS 'the rulebook penalty_items that item is a row of';
COMMENT ON COLUMN proceeding.outcome IS 'as proposed by a notice, then as decided';
COMMENT ON COLUMN proceeding.heard IS 'there was a hearing';
COMMENT ON COLUMN proceeding.clocks IS 'clocks by days: {{name, began_on, due_on, warn_on, stopped_on}}';
CREATE INDEX proceeding_of_case ON proceeding (case_id);
CREATE INDEX proceeding_of_subject ON proceeding (subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX proceeding_list ON proceeding (opened_at DESC, id DESC);
CREATE INDEX proceeding_due ON proceeding (due_on) WHERE ended_at IS NULL;

CREATE TABLE proceeding_step (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT proceeding_step_pkey PRIMARY KEY,
  proceeding_id uuid NOT NULL CONSTRAINT proceeding_step_proceeding_id_fkey REFERENCES proceeding (id),
  nth integer NOT NULL,
  step text NOT NULL CONSTRAINT proceeding_step_form CHECK (step ~ '^[a-z_]{{1,40}}$'),
  means text NOT NULL CONSTRAINT proceeding_step_means_known CHECK (means IN ('service', 'management', 'enforcement')),
  state text NOT NULL CONSTRAINT proceeding_step_state_known CHECK (state IN ({STATES})),
  at timestamptz NOT NULL,
  account_id uuid NOT NULL CONSTRAINT proceeding_step_account_id_fkey REFERENCES account (id),
  officers jsonb NOT NULL,
  said jsonb NOT NULL,
  document_id uuid CONSTRAINT proceeding_step_document_id_fkey REFERENCES document (id),
  ledger_seq integer NOT NULL,
  CONSTRAINT proceeding_step_nth_key UNIQUE (proceeding_id, nth)
);
COMMENT ON TABLE proceeding_step IS 'what was done in a proceeding; each step is an entry of the ledger of its case too';
COMMENT ON COLUMN proceeding_step.state IS 'that it led to';
COMMENT ON COLUMN proceeding_step.officers IS 'who took it: {{account, name, certificate}}';
COMMENT ON COLUMN proceeding_step.said IS 'what came with it';
COMMENT ON COLUMN proceeding_step.ledger_seq IS 'number of its entry in the ledger of the case';
CREATE INDEX proceeding_step_document ON proceeding_step (document_id) WHERE document_id IS NOT NULL;

CREATE TABLE decision (
  id uuid CONSTRAINT decision_pkey PRIMARY KEY,
  proceeding_id uuid NOT NULL CONSTRAINT decision_one_a_proceeding UNIQUE
    CONSTRAINT decision_proceeding_id_fkey REFERENCES proceeding (id),
  outcome text NOT NULL CONSTRAINT decision_outcome_known CHECK (outcome IN ({OUTCOMES})),
  item text NOT NULL,
  items_id bigint NOT NULL CONSTRAINT decision_items_id_fkey REFERENCES rulebook (id),
  amount_yuan numeric(12, 2) NOT NULL CONSTRAINT decision_amount_not_negative CHECK (amount_yuan >= 0),
  waived_yuan numeric(12, 2) NOT NULL CONSTRAINT decision_waived_not_negative CHECK (waived_yuan >= 0),
  document_id uuid CONSTRAINT decision_document_id_fkey REFERENCES document (id),
  leniency_id uuid CONSTRAINT decision_leniency_id_fkey REFERENCES leniency_decision (id),
  decided_at timestamptz NOT NULL,
  decided_by uuid NOT NULL CONSTRAINT decision_decided_by_fkey REFERENCES account (id)
);
COMMENT ON TABLE decision IS 'how a proceeding was decided; amounts in yuan, 0 without a fine';
COMMENT ON COLUMN decision.waived_yuan IS 'what would have been fined and was not';
COMMENT ON COLUMN decision.leniency_id IS 'the record of the conditions under which it is lighter';
CREATE INDEX decision_at ON decision (decided_at DESC);
""")
    append_only(["proceeding_step", "decision"])
    secure("proceeding", read=SEEN)
    secure("proceeding_step", read=OF_SEEN)
    secure("decision", read=OF_SEEN)


def _acting() -> None:
    run("""
-- One or several steps of a proceeding that is still as it was read, or its opening; each with its entry in the ledger of
-- the case. False when somebody was first: the caller rolls back.
-- {id, case, number, version, opens, set: {columns}, steps: [{step, means, state, officers, said, document, entry, body}],
--  decision: {...} or null, told: {organisation, reason} or null}.
CREATE FUNCTION proceeding_act_v1(p_act jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  held proceeding;
  step jsonb;
  seq integer;
  place integer;
BEGIN
  -- The lock of the case puts everybody in one order, as its ledger does.
  PERFORM 1 FROM case_file c WHERE c.id = CAST(p_act ->> 'case' AS uuid) FOR UPDATE;
  IF CAST(p_act ->> 'opens' AS boolean) THEN
    IF EXISTS (SELECT 1 FROM proceeding p WHERE p.number = p_act ->> 'number') THEN
      RETURN false;
    END IF;
    held := jsonb_populate_record(NULL::proceeding, p_act -> 'set');
    held.id := CAST(p_act ->> 'id' AS uuid);
    held.case_id := CAST(p_act ->> 'case' AS uuid);
    held.number := p_act ->> 'number';
    held.officer_id := current_account();
    held.organisation_id := current_organisation();
    INSERT INTO proceeding (id, number, case_id, subject_id, party_kind, party_name, organisation_id, officer_id, procedure,
      item, items_id, state, version, outcome, amount_yuan, heard, clocks, due_on, opened_at, ended_at)
    VALUES (held.id, held.number, held.case_id, held.subject_id, held.party_kind, held.party_name, held.organisation_id,
      held.officer_id, held.procedure, held.item, held.items_id, held.state, held.version, held.outcome,
      held.amount_yuan, held.heard, held.clocks, held.due_on, held.opened_at, held.ended_at);
  ELSE
    SELECT p.* INTO held FROM proceeding p
    WHERE p.id = CAST(p_act ->> 'id' AS uuid) AND p.version = CAST(p_act ->> 'version' AS integer);
    IF NOT FOUND THEN
      RETURN false;
    END IF;
    held := jsonb_populate_record(held, p_act -> 'set');
    UPDATE proceeding p
    SET state = held.state, version = p.version + 1, outcome = held.outcome, amount_yuan = held.amount_yuan,
      heard = held.heard, clocks = held.clocks, due_on = held.due_on, ended_at = held.ended_at
    WHERE p.id = held.id;
  END IF;
  SELECT count(*) INTO place FROM proceeding_step s WHERE s.proceeding_id = held.id;
  FOR step IN SELECT s.value FROM jsonb_array_elements(p_act -> 'steps') WITH ORDINALITY AS s (value, nth) ORDER BY s.nth LOOP
    place := place + 1;
    -- Raises where the asker does not see the case.
    seq := ledger_append_v1(held.case_id, step ->> 'entry', step ->> 'body');
    INSERT INTO proceeding_step (proceeding_id, nth, step, means, state, at, account_id, officers, said, document_id,
      ledger_seq)
    VALUES (held.id, place, step ->> 'step', step ->> 'means', step ->> 'state', CAST(step ->> 'at' AS timestamptz),
      current_account(), step -> 'officers', step -> 'said', CAST(step ->> 'document' AS uuid), seq);
  END LOOP;
  IF jsonb_typeof(p_act -> 'decision') = 'object' THEN
    INSERT INTO decision (id, proceeding_id, outcome, item, items_id, amount_yuan, waived_yuan, document_id, leniency_id,
      decided_at, decided_by)
    SELECT d.id, held.id, d.outcome, held.item, held.items_id, d.amount_yuan, d.waived_yuan, d.document_id, d.leniency_id,
      d.decided_at, current_account()
    FROM jsonb_populate_record(NULL::decision, p_act -> 'decision') d;
  END IF;
  IF jsonb_typeof(p_act -> 'told') = 'object' THEN
    DELETE FROM inbox_entry i
    WHERE i.case_id = held.case_id AND i.organisation_id = CAST(p_act -> 'told' ->> 'organisation' AS uuid)
      AND i.kind = p_act -> 'told' ->> 'kind';
    INSERT INTO inbox_entry (organisation_id, case_id, kind, reason)
    VALUES (CAST(p_act -> 'told' ->> 'organisation' AS uuid), held.case_id, p_act -> 'told' ->> 'kind',
      p_act -> 'told' ->> 'reason');
  END IF;
  RETURN true;
END $$;
""")
    definer("proceeding_act_v1", "jsonb")


def _decisions() -> None:
    run(f"""
-- Decisions as others read them: what was decided about whom, where, by which item.
CREATE VIEW decision_v1 WITH (security_invoker = true) AS
SELECT d.id, d.proceeding_id, p.number AS proceeding_number, p.case_id, c.number AS case_number, p.subject_id, p.party_kind,
  p.party_name, p.organisation_id, c.township_code, c.category, p.procedure, d.outcome, d.item, d.items_id,
  (SELECT r.value ->> 'name' FROM rulebook b, json_array_elements(b.rows) AS r (value)
   WHERE b.id = d.items_id AND r.value ->> 'code' = d.item) AS item_name,
  d.amount_yuan, d.waived_yuan, d.document_id, d.leniency_id, d.decided_at, d.decided_by
FROM decision d
JOIN proceeding p ON p.id = d.proceeding_id
JOIN case_file c ON c.id = p.case_id;
GRANT SELECT ON decision_v1 TO {SERVER_ROLE};
{OFFENCES}{OF_DECISIONS};
""")


def downgrade() -> None:
    run(f"""{OFFENCES};
DROP VIEW decision_v1;
DROP FUNCTION proceeding_act_v1(jsonb);
DROP TABLE decision;
DROP TABLE proceeding_step;
DROP TABLE proceeding;
DROP FUNCTION certificates_on_v1(uuid[], date);
DROP FUNCTION certificate_holders_v1();
DROP TABLE certificate;
""")
