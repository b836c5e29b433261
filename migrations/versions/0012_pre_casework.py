"""Casework: states and versions of a case, actions with their keys, links between cases."""

from migrations.sql import append_only, definer, run, secure

revision = "0012"
down_revision = "0011"

# server/cases/states.py has the same, and a test compares them.
STATES = (
    "'reported','registered','refused','cancelled','dispatched','transferred','accepted','handling','suspended',"
    "'replied','checked','closed','merged'"
)
SEEN = "may_see(organisation_id, officer_id)"


def upgrade() -> None:
    _columns()
    _tables()
    _sharing()
    _acting()


def _columns() -> None:
    run(f"""
ALTER TABLE case_file DROP CONSTRAINT case_file_state_known;
ALTER TABLE case_file
  ADD CONSTRAINT case_file_state_known CHECK (state IN ({STATES})),
  ADD COLUMN closed_at timestamptz,
  ADD COLUMN handler_id uuid CONSTRAINT case_file_handler_id_fkey REFERENCES account (id),
  ADD COLUMN checker_id uuid CONSTRAINT case_file_checker_id_fkey REFERENCES account (id),
  ADD COLUMN round integer NOT NULL DEFAULT 0 CONSTRAINT case_file_round_not_negative CHECK (round >= 0),
  ADD COLUMN round_began_at timestamptz,
  ADD COLUMN emergency boolean NOT NULL DEFAULT false,
  ADD COLUMN deadline json,
  ADD COLUMN extension jsonb,
  ADD COLUMN suspended_from text CONSTRAINT case_file_suspended_from_known CHECK (suspended_from IN ({STATES})),
  ADD COLUMN suspended_until timestamptz,
  ADD COLUMN department text CONSTRAINT case_file_department_length CHECK (length(department) BETWEEN 1 AND 200),
  ADD COLUMN parent_id uuid CONSTRAINT case_file_parent_id_fkey REFERENCES case_file (id),
  ADD COLUMN parent_relation text
    CONSTRAINT case_file_parent_relation_known CHECK (parent_relation IN ('split', 'assists')),
  ADD COLUMN merged_into uuid CONSTRAINT case_file_merged_into_fkey REFERENCES case_file (id),
  ADD CONSTRAINT case_file_parent_whole CHECK ((parent_id IS NULL) = (parent_relation IS NULL)),
  ADD CONSTRAINT case_file_suspended_whole CHECK ((state = 'suspended') = (suspended_from IS NOT NULL)),
  ADD CONSTRAINT case_file_merged_whole CHECK ((state = 'merged') = (merged_into IS NOT NULL));
COMMENT ON COLUMN case_file.closed_at IS 'when it came to its end, whichever end that was; null while it is open';
COMMENT ON COLUMN case_file.round IS 'how often it went back to be handled again';
COMMENT ON COLUMN case_file.round_began_at IS 'when it last went back: an after-photo must be newer';
COMMENT ON COLUMN case_file.deadline IS 'the row of the deadline table it is measured by, frozen when its clocks began';
COMMENT ON COLUMN case_file.extension IS 'an extension that was asked for and not decided yet';
CREATE INDEX case_file_due ON case_file (due_at) WHERE closed_at IS NULL;
CREATE INDEX case_file_of_parent ON case_file (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX case_file_merged ON case_file (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX case_file_of_handler ON case_file (handler_id) WHERE handler_id IS NOT NULL;
CREATE INDEX case_file_of_checker ON case_file (checker_id) WHERE checker_id IS NOT NULL;
""")


def _tables() -> None:
    run("""
CREATE TABLE case_action (
  account_id uuid NOT NULL CONSTRAINT case_action_account_id_fkey REFERENCES account (id),
  key uuid NOT NULL,
  case_id uuid NOT NULL CONSTRAINT case_action_case_id_fkey REFERENCES case_file (id),
  digest text NOT NULL CONSTRAINT case_action_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  answer text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT case_action_pkey PRIMARY KEY (account_id, key)
);
COMMENT ON TABLE case_action IS 'what an action with a key answered: a phone that asks again gets the same';

CREATE TABLE report_share (
  case_id uuid NOT NULL CONSTRAINT report_share_case_id_fkey REFERENCES case_file (id),
  report_id uuid NOT NULL CONSTRAINT report_share_report_id_fkey REFERENCES report (id),
  organisation_id uuid NOT NULL CONSTRAINT report_share_organisation_id_fkey REFERENCES organisation (id),
  CONSTRAINT report_share_pkey PRIMARY KEY (case_id, report_id)
);
CREATE INDEX report_share_of_organisation ON report_share (organisation_id, report_id);
COMMENT ON TABLE report_share IS
  'reports of a case that went to another body than the one they were routed to: that body sees them while it has the case';
""")
    append_only(["case_action"])
    secure("case_action", read="false")
    secure("report_share", read="false")


def _sharing() -> None:
    run(f"""
-- The case with everything merged into it, however far down.
CREATE FUNCTION case_with_merged(p_case uuid) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
  WITH RECURSIVE whole (id) AS (
    SELECT p_case UNION SELECT c.id FROM case_file c JOIN whole w ON c.merged_into = w.id)
  SELECT w.id FROM whole w
$$;
CREATE FUNCTION report_share_anew(p_case uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM report_share s WHERE s.case_id = p_case;
  INSERT INTO report_share (case_id, report_id, organisation_id)
  SELECT DISTINCT c.id, r.id, c.organisation_id
  FROM case_file c
  CROSS JOIN LATERAL (
    SELECT m FROM case_with_merged(c.id) m UNION SELECT c.parent_id WHERE c.parent_id IS NOT NULL) AS whole (case_id)
  JOIN case_report cr ON cr.case_id = whole.case_id
  JOIN report r ON r.id = cr.report_id
  WHERE c.id = p_case AND r.organisation_id <> c.organisation_id;
END $$;
REVOKE ALL ON FUNCTION case_with_merged(uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION report_share_anew(uuid) FROM PUBLIC;

-- Without arguments, so that a policy asks once a statement and not once a row.
CREATE FUNCTION shared_reports_v1() RETURNS SETOF uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF current_scope() = 'organisation' THEN
    RETURN QUERY SELECT s.report_id FROM report_share s WHERE s.organisation_id = current_organisation();
  END IF;
END $$;
ALTER POLICY report_read ON report USING ({SEEN} OR id IN (SELECT shared_reports_v1()));

-- What belongs to a case whose own row may be seen: also where the other case is another body's.
CREATE FUNCTION case_family_v1(p_case uuid) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
  here case_file;
BEGIN
  SELECT c.* INTO here FROM case_file c WHERE c.id = p_case AND may_see(c.organisation_id, c.reporter_id);
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  RETURN json_build_object(
    'parent', (
      SELECT json_build_object('number', p.number, 'state', p.state) FROM case_file p WHERE p.id = here.parent_id),
    'children', (
      SELECT coalesce(json_agg(json_build_object('number', k.number, 'state', k.state, 'relation', k.parent_relation,
        'body', json_build_object('code', o.code, 'name', o.body_name)) ORDER BY k.opened_at, k.number), '[]')
      FROM case_file k JOIN organisation o ON o.id = k.organisation_id WHERE k.parent_id = here.id),
    'merged_into', (SELECT m.number FROM case_file m WHERE m.id = here.merged_into),
    'merged', (
      SELECT coalesce(json_agg(m.number ORDER BY m.number), '[]') FROM case_file m WHERE m.merged_into = here.id),
    'reports', (
      SELECT coalesce(json_agg(json_build_object('id', r.report_id, 'case', c.number,
        'relation', CASE WHEN c.id = here.id THEN r.relation WHEN c.id = here.parent_id THEN 'parent' ELSE 'merged' END)
        ORDER BY c.id <> here.id, c.number, r.relation DESC, r.report_id), '[]')
      FROM case_report r JOIN case_file c ON c.id = r.case_id
      WHERE r.case_id = here.parent_id OR r.case_id IN (SELECT case_with_merged(here.id))));
END $$;
-- What this account was answered under this key, if it was.
CREATE FUNCTION case_replay_v1(p_key uuid) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT json_build_object('digest', a.digest, 'answer', a.answer) FROM case_action a
    WHERE a.account_id = current_account() AND a.key = p_key);
END $$;
""")
    definer("shared_reports_v1", "")
    definer("case_family_v1", "uuid")
    definer("case_replay_v1", "uuid")


def _acting() -> None:
    run("""
-- One action: every step changes a case that is still as it was read, or opens a part of one; each with its ledger
-- entry, inbox entry, outbox row and clocks. False when somebody was first: the caller rolls back.
-- A step: {case, version, states, set: {columns}, entry, body, inbox?, outbox, clocks?} or {case, parent, ...}.
CREATE FUNCTION case_act_v1(p_steps jsonb, p_key uuid, p_digest text, p_answer text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  step jsonb;
  held case_file;
  entered_at timestamptz;
  before_hash text;
BEGIN
  -- In one order for everybody, so that two who merge crosswise do not wait for each other.
  PERFORM 1 FROM case_file c
  WHERE c.id IN (SELECT CAST(s.value ->> 'case' AS uuid) FROM jsonb_array_elements(p_steps) AS s (value))
  ORDER BY c.id FOR UPDATE;
  FOR step IN SELECT s.value FROM jsonb_array_elements(p_steps) WITH ORDINALITY AS s (value, place) ORDER BY s.place LOOP
    entered_at := clock_timestamp();
    IF step ? 'parent' THEN
      SELECT c.* INTO held FROM case_file c
      WHERE c.id = CAST(step ->> 'parent' AS uuid) AND may_see(c.organisation_id, c.reporter_id);
    ELSE
      SELECT c.* INTO held FROM case_file c
      WHERE c.id = CAST(step ->> 'case' AS uuid) AND c.version = CAST(step ->> 'version' AS integer)
        AND step -> 'states' ? c.state AND may_see(c.organisation_id, c.reporter_id);
    END IF;
    IF NOT FOUND THEN
      RETURN false;
    END IF;
    IF step ? 'parent' THEN
      -- A part has the place and the officer of the whole, and everything else of its own.
      held := jsonb_populate_record(held, jsonb_build_object('version', 1, 'ledger_seq', 0, 'ledger_head', '',
        'due_at', NULL, 'closed_at', NULL, 'handler_id', NULL, 'checker_id', NULL, 'round', 0, 'round_began_at', NULL,
        'extension', NULL, 'suspended_from', NULL, 'suspended_until', NULL, 'department', NULL, 'merged_into', NULL,
        'id', step -> 'case', 'parent_id', step -> 'parent') || (step -> 'set'));
      held.ledger_seq := 1;
      before_hash := '';
      held.ledger_head := ledger_hash('', held.id, 1, entered_at, current_account(), step ->> 'entry', step ->> 'body');
      INSERT INTO case_file (id, number, state, organisation_id, township_code, category, place, reporter_id, opened_at,
        due_at, version, ledger_seq, ledger_head, emergency, deadline, parent_id, parent_relation)
      VALUES (held.id, held.number, held.state, held.organisation_id, held.township_code, held.category, held.place,
        held.reporter_id, held.opened_at, held.due_at, 1, 1, held.ledger_head, held.emergency, held.deadline,
        held.parent_id, held.parent_relation);
    ELSE
      before_hash := held.ledger_head;
      held := jsonb_populate_record(held, step -> 'set');
      held.ledger_seq := held.ledger_seq + 1;
      held.ledger_head := ledger_hash(before_hash, held.id, held.ledger_seq, entered_at, current_account(),
        step ->> 'entry', step ->> 'body');
      UPDATE case_file c
      SET state = held.state, version = c.version + 1, category = held.category, opened_at = held.opened_at,
        due_at = held.due_at, closed_at = held.closed_at, handler_id = held.handler_id, checker_id = held.checker_id,
        round = held.round, round_began_at = held.round_began_at, emergency = held.emergency, deadline = held.deadline,
        extension = held.extension, suspended_from = held.suspended_from, suspended_until = held.suspended_until,
        department = held.department, merged_into = held.merged_into, ledger_seq = held.ledger_seq,
        ledger_head = held.ledger_head
      WHERE c.id = held.id;
      -- Apart, since naming this column counts the case anew on the map.
      IF step -> 'set' ? 'organisation_id' THEN
        UPDATE case_file c SET organisation_id = held.organisation_id WHERE c.id = held.id;
      END IF;
    END IF;
    INSERT INTO ledger (case_id, seq, recorded_at, actor_id, action, body, prev_hash, hash)
    VALUES (held.id, held.ledger_seq, entered_at, current_account(), step ->> 'entry', step ->> 'body', before_hash,
      held.ledger_head);
    IF step ? 'parent' OR step -> 'set' ? 'organisation_id' OR CAST(step ->> 'gathers' AS boolean) THEN
      PERFORM report_share_anew(held.id);
    END IF;
    IF step ? 'inbox' THEN
      -- The newest of a kind stands for those before it.
      DELETE FROM inbox_entry i
      WHERE i.case_id = held.id AND i.organisation_id = CAST(step -> 'inbox' ->> 'organisation' AS uuid)
        AND i.kind = step ->> 'entry';
      INSERT INTO inbox_entry (organisation_id, case_id, kind, reason)
      VALUES (CAST(step -> 'inbox' ->> 'organisation' AS uuid), held.id, step ->> 'entry', step -> 'inbox' ->> 'reason');
    END IF;
    PERFORM outbox_put_v1(step ->> 'entry', held.number || ':' || held.ledger_seq,
      CAST(step -> 'outbox' ->> 'organisation' AS uuid), step -> 'outbox' -> 'payload');
    IF step ? 'clocks' THEN
      PERFORM case_clock_put_v1(held.id, step -> 'clocks');
    END IF;
  END LOOP;
  IF p_key IS NOT NULL THEN
    INSERT INTO case_action (account_id, key, case_id, digest, answer)
    VALUES (current_account(), p_key, CAST(p_steps -> 0 ->> 'case' AS uuid), p_digest, p_answer);
  END IF;
  RETURN true;
END $$;
""")
    definer("case_act_v1", "jsonb, uuid, text, text")


def downgrade() -> None:
    run(f"""
DROP FUNCTION case_act_v1(jsonb, uuid, text, text);
DROP FUNCTION case_replay_v1(uuid);
DROP FUNCTION case_family_v1(uuid);
ALTER POLICY report_read ON report USING ({SEEN});
DROP FUNCTION shared_reports_v1();
DROP FUNCTION report_share_anew(uuid);
DROP FUNCTION case_with_merged(uuid);
DROP TABLE report_share;
DROP TABLE case_action;
ALTER TABLE case_file
  DROP COLUMN merged_into,
  DROP COLUMN parent_relation,
  DROP COLUMN parent_id,
  DROP COLUMN department,
  DROP COLUMN suspended_until,
  DROP COLUMN suspended_from,
  DROP COLUMN extension,
  DROP COLUMN deadline,
  DROP COLUMN emergency,
  DROP COLUMN round_began_at,
  DROP COLUMN round,
  DROP COLUMN checker_id,
  DROP COLUMN handler_id,
  DROP COLUMN closed_at;
ALTER TABLE case_file DROP CONSTRAINT case_file_state_known;
-- Cases that went on stay as they are: only new ones are held to it.
ALTER TABLE case_file ADD CONSTRAINT case_file_state_known CHECK (state IN ('reported')) NOT VALID;
""")
