"""Functions of casework as they are since a person can choose the zone and be expected to act, and as they were before."""

from __future__ import annotations

from migrations import glance, progress

SEEN_BEFORE = "may_see(organisation_id, reporter_id)"
SEEN = "may_see_case(organisation_id, reporter_id, assignee_id)"
OF_CASE_BEFORE = glance.SEEN
OF_CASE = "may_see_case(c.organisation_id, c.reporter_id, c.assignee_id)"

# Whoever is expected at a case reads it, be it an officer who else reads only what they reported.
MAY_SEE = """
CREATE FUNCTION may_see_case(organisation uuid, reporter uuid, assignee uuid) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT may_see(organisation, reporter) OR coalesce(assignee = current_account(), false) $$;
"""


def sharing(seen: str, of_assignee: str) -> str:
    """Reports that belong to a case of somebody's, and the case with its relatives."""
    return f"""
CREATE OR REPLACE FUNCTION shared_reports_v1() RETURNS SETOF uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF current_scope() = 'organisation' THEN
    RETURN QUERY SELECT s.report_id FROM report_share s WHERE s.organisation_id = current_organisation();
  END IF;{of_assignee}
END $$;

-- What belongs to a case whose own row may be seen: also where the other case is another body's.
CREATE OR REPLACE FUNCTION case_family_v1(p_case uuid) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
  here case_file;
BEGIN
  SELECT c.* INTO here FROM case_file c WHERE c.id = p_case AND {seen};
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

CREATE OR REPLACE FUNCTION ledger_append_v1(p_case uuid, p_action text, p_body text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  at timestamptz := clock_timestamp();
  actor uuid := current_account();
  entry record;
BEGIN
  -- The row lock makes the chain linear; the subselect keeps the hash from before.
  UPDATE case_file c
  SET ledger_seq = c.ledger_seq + 1,
    ledger_head = ledger_hash(c.ledger_head, c.id, c.ledger_seq + 1, at, actor, p_action, p_body)
  FROM (SELECT c.id, c.ledger_head FROM case_file c WHERE c.id = p_case AND {seen} FOR UPDATE) before
  WHERE c.id = before.id
  RETURNING c.ledger_seq AS seq, before.ledger_head AS prev_hash, c.ledger_head AS hash INTO STRICT entry;
  INSERT INTO ledger (case_id, seq, recorded_at, actor_id, action, body, prev_hash, hash)
  VALUES (p_case, entry.seq, at, actor, p_action, p_body, entry.prev_hash, entry.hash);
  RETURN entry.seq;
END $$;
"""


SHARING = sharing(
    OF_CASE,
    """
  IF current_scope() = 'own' THEN
    RETURN QUERY SELECT r.report_id FROM case_file c JOIN case_report r ON r.case_id = c.id
      WHERE c.assignee_id = current_account();
  END IF;""",
)
SHARING_BEFORE = sharing(OF_CASE_BEFORE, "")


def acting(
    *, columns: str, values: str, updates: str, choice: str, expected: str, fresh: str, apart: str = ""
) -> str:
    """case_act_v1 with the columns and the neighbours it writes besides."""
    return f"""
-- One action: every step changes a case that is still as it was read, or opens a part of one; each with its ledger
-- entry, inbox entry, outbox row and clocks. False when somebody was first: the caller rolls back.
-- A step: {{case, version, states, set: {{columns}}, entry, body, inbox?, outbox, clocks?}} or {{case, parent, ...}}.
CREATE OR REPLACE FUNCTION case_act_v1(p_steps jsonb, p_key uuid, p_digest text, p_answer text) RETURNS boolean LANGUAGE plpgsql AS $$
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
        'extension', NULL, 'suspended_from', NULL, 'suspended_until', NULL, 'department', NULL, 'merged_into', NULL,{fresh}
        'id', step -> 'case', 'parent_id', step -> 'parent') || (step -> 'set'));
      held.ledger_seq := 1;
      before_hash := '';
      held.ledger_head := ledger_hash('', held.id, 1, entered_at, current_account(), step ->> 'entry', step ->> 'body');
      INSERT INTO case_file (id, number, state, organisation_id, township_code, category, place, reporter_id, opened_at,
        due_at, version, ledger_seq, ledger_head, emergency, deadline, parent_id, parent_relation{columns})
      VALUES (held.id, held.number, held.state, held.organisation_id, held.township_code, held.category, held.place,
        held.reporter_id, held.opened_at, held.due_at, 1, 1, held.ledger_head, held.emergency, held.deadline,
        held.parent_id, held.parent_relation{values});
    ELSE
      before_hash := held.ledger_head;
      held := jsonb_populate_record(held, step -> 'set');
      held.ledger_seq := held.ledger_seq + 1;
      held.ledger_head := ledger_hash(before_hash, held.id, held.ledger_seq, entered_at, current_account(),
        step ->> 'entry', step ->> 'body');{choice}
      UPDATE case_file c
      SET state = held.state, version = c.version + 1, category = held.category, opened_at = held.opened_at,
        due_at = held.due_at, closed_at = held.closed_at, handler_id = held.handler_id, checker_id = held.checker_id,
        round = held.round, round_began_at = held.round_began_at, emergency = held.emergency, deadline = held.deadline,
        extension = held.extension, suspended_from = held.suspended_from, suspended_until = held.suspended_until,
        department = held.department, merged_into = held.merged_into, ledger_seq = held.ledger_seq,
        ledger_head = held.ledger_head{updates}
      WHERE c.id = held.id;
      -- Apart, since naming this column counts the case anew on the map.
      IF step -> 'set' ? 'organisation_id' THEN
        UPDATE case_file c SET organisation_id = held.organisation_id WHERE c.id = held.id;
      END IF;{apart}
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
    END IF;{expected}
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
"""


_SINCE = {
    "columns": ", zone_choice_id",
    "values": ", held.zone_choice_id",
    "updates": """,
        township_code = held.township_code, assignee_id = held.assignee_id, zone_choice_id = held.zone_choice_id""",
    # A choice is a neighbour of those before it; one that is taken back leaves none.
    "choice": """
      IF step ? 'choice' THEN
        INSERT INTO zone_choice (case_id, seq, zone_id, share, algorithm, routing, chosen_by, chosen_at)
        VALUES (held.id, held.ledger_seq, CAST(step -> 'choice' ->> 'zone' AS bigint),
          CAST(step -> 'choice' ->> 'share' AS double precision), step -> 'choice' ->> 'algorithm',
          step -> 'choice' -> 'routing', current_account(), CAST(step -> 'choice' ->> 'at' AS timestamptz))
        RETURNING CASE WHEN zone_id IS NOT NULL THEN id END INTO held.zone_choice_id;
      END IF;""",
    "expected": """
    IF step -> 'set' ? 'assignee_id' THEN
      DELETE FROM inbox_entry i WHERE i.case_id = held.id AND i.account_id IS NOT NULL;
      INSERT INTO inbox_entry (organisation_id, account_id, case_id, kind, reason)
      SELECT a.organisation_id, a.id, held.id, 'case.assigned', 'assign' FROM account a WHERE a.id = held.assignee_id;
    END IF;""",
    "fresh": " 'assignee_id', NULL,",
}
ACTING = acting(**_SINCE)
ACTING_BEFORE = acting(columns="", values="", updates="", choice="", expected="", fresh="")
# A case whose report declared the wrong datum moves to where it lies.
ACTING_MOVED = acting(
    **_SINCE,
    apart="""
      IF step -> 'set' ? 'place' THEN
        UPDATE case_file c SET place = held.place WHERE c.id = held.id;
      END IF;""",
)


def people(seen: str, assignee: str) -> str:
    """Who stands in a case, for files about it."""
    return f"""
CREATE OR REPLACE FUNCTION case_people_v1(p_case uuid)
RETURNS TABLE (id uuid, username text, role text, body_code text, body_name text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT a.id, a.username, a.role, o.code, o.body_name
    FROM account a JOIN organisation o ON o.id = a.organisation_id
    WHERE EXISTS (SELECT 1 FROM case_file c WHERE c.id = p_case AND {seen})
      AND a.id IN (
        SELECT l.actor_id FROM ledger l WHERE l.case_id = p_case
        UNION SELECT r.officer_id FROM case_report cr JOIN report r ON r.id = cr.report_id WHERE cr.case_id = p_case{assignee})
    ORDER BY a.username;
END $$;
"""


PEOPLE = people(OF_CASE, "\n        UNION SELECT c.assignee_id FROM case_file c WHERE c.id = p_case")
PEOPLE_BEFORE = people(OF_CASE_BEFORE, "")

REMATCH_BEFORE = """
CREATE OR REPLACE FUNCTION rematch_write_v1(p_rematch uuid, p_at timestamptz, p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_row record;
  v_match bigint;
BEGIN
  FOR v_row IN
    SELECT w.report, w.agrees, w.algorithm, w.judged_on, w.body, m.before_match, m.result, newest.id AS newest, newest.routing, cr.case_id
    FROM jsonb_to_recordset(p_rows) AS w (report uuid, agrees boolean, algorithm text, judged_on date, body text)
    JOIN rematch_report m ON m.rematch_id = p_rematch AND m.report_id = w.report AND m.state = 'listed'
    JOIN LATERAL (SELECT z.id, z.routing FROM zone_match z WHERE z.report_id = w.report ORDER BY z.id DESC LIMIT 1) newest ON true
    LEFT JOIN case_report cr ON cr.report_id = w.report
    ORDER BY cr.case_id, w.report
  LOOP
    IF NOT v_row.agrees OR v_row.newest <> v_row.before_match THEN
      UPDATE rematch_report m SET state = 'outdated' WHERE m.rematch_id = p_rematch AND m.report_id = v_row.report;
      CONTINUE;
    END IF;
    INSERT INTO zone_match (report_id, made_at, algorithm, judged_on, result, routing)
    VALUES (v_row.report, p_at, v_row.algorithm, v_row.judged_on, CAST(v_row.result AS json), v_row.routing)
    RETURNING id INTO v_match;
    IF v_row.case_id IS NOT NULL THEN
      PERFORM ledger_append_v1(v_row.case_id, 'report.rematched', v_row.body);
    END IF;
    UPDATE rematch_report m SET state = 'written', match_id = v_match
    WHERE m.rematch_id = p_rematch AND m.report_id = v_row.report;
  END LOOP;
END $$;
"""
# A person's choice stands whatever is judged anew; that they differ is a finding of the report.
REMATCH = REMATCH_BEFORE.replace(
    """
    UPDATE rematch_report m SET state = 'written'""",
    """
    INSERT INTO finding (report_id, code, params, found_at)
    SELECT v_row.report, 'rematch_differs_from_choice',
      jsonb_build_object('zone', found.said ->> 'code', 'chosen', z.code, 'kind', z.kind), p_at
    FROM case_file c
    JOIN zone_choice x ON x.id = c.zone_choice_id
    JOIN zone z ON z.id = x.zone_id
    CROSS JOIN LATERAL (SELECT CAST(v_row.result AS json) -> z.kind AS said) found
    WHERE c.id = v_row.case_id AND found.said ->> 'verdict' IN ('certain', 'likely') AND found.said ->> 'code' <> z.code;
    UPDATE rematch_report m SET state = 'written'""",
)


def reading(of_person: str) -> str:
    """Marking a line of one's inbox as read."""
    return f"""
-- Marks an entry of the asker's own inbox as read, the first time it is; whether there is such an entry.
CREATE OR REPLACE FUNCTION inbox_read_v1(p_entry bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE inbox_entry SET read_at = coalesce(read_at, clock_timestamp())
  WHERE id = p_entry AND organisation_id = current_organisation(){of_person};
  RETURN FOUND;
END $$;
"""


READ = reading("""
    AND may_see(organisation_id, account_id) AND coalesce(account_id = current_account(), true)""")
READ_BEFORE = reading("")


GLANCE_BEFORE = glance.ZONE
GLANCE = glance.ZONE.replace(
    "\nBEGIN\n",
    """
BEGIN
  -- What a person said holds, and nothing is left to choose; the share is still what the match gave it.
  SELECT z.kind, z.code, z.name, 'chosen', x.share, false INTO kind, code, name, verdict, share, unsure
  FROM case_file c JOIN zone_choice x ON x.id = c.zone_choice_id JOIN zone z ON z.id = x.zone_id
  WHERE c.id = p_case;
  IF FOUND THEN
    RETURN NEXT;
    RETURN;
  END IF;
""",
)

SINCE = (
    SHARING,
    ACTING,
    PEOPLE,
    REMATCH,
    READ,
    GLANCE,
    glance.found(OF_CASE),
    glance.actors(OF_CASE),
    progress.SINCE,
)
BEFORE = (
    SHARING_BEFORE,
    ACTING_BEFORE,
    PEOPLE_BEFORE,
    REMATCH_BEFORE,
    READ_BEFORE,
    GLANCE_BEFORE,
    glance.found(glance.SEEN),
    glance.actors(glance.SEEN),
    progress.BEFORE,
)
