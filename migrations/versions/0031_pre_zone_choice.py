"""The zone a person chose, and who is expected to act."""

from migrations import choosing
from migrations.sql import SERVER_ROLE, WORKER_ROLE, append_only, definer, run, secure

revision = "0031"
down_revision = "0030"

# Replacing a function forgets whose rights it has.
REPLACED = {
    "shared_reports_v1": "",
    "case_family_v1": "uuid",
    "ledger_append_v1": "uuid, text, text",
    "case_act_v1": "jsonb, uuid, text, text",
    "case_people_v1": "uuid",
    "inbox_read_v1": "bigint",
    "case_actors_v1": "uuid",
    "cases_found_v1": "text[]",
    "campaign_progress_v1": "uuid",
}
FOR_THE_WORKER = {"rematch_write_v1": "uuid, timestamptz, jsonb"}
DEFINERS = {
    "choice_glanced": "",
    "case_standing_v1": "uuid",
    "case_person_v1": "uuid",
    "account_name_v1": "uuid",
    "case_assignees_v1": "uuid, text, text[], timestamptz",
}


def upgrade() -> None:
    run("""
CREATE TABLE zone_choice (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT zone_choice_pkey PRIMARY KEY,
  case_id uuid NOT NULL CONSTRAINT zone_choice_case_id_fkey REFERENCES case_file (id),
  seq integer NOT NULL,
  zone_id bigint CONSTRAINT zone_choice_zone_id_fkey REFERENCES zone (id),
  share double precision CONSTRAINT zone_choice_share_range CHECK (share BETWEEN 0 AND 1),
  algorithm text,
  routing json NOT NULL,
  chosen_by uuid NOT NULL CONSTRAINT zone_choice_chosen_by_fkey REFERENCES account (id),
  chosen_at timestamptz NOT NULL,
  CONSTRAINT zone_choice_one_an_entry UNIQUE (case_id, seq)
);
CREATE INDEX zone_choice_zone_id ON zone_choice (zone_id);
COMMENT ON TABLE zone_choice IS 'which zone a person said a case lies in: it outranks every match, and is undone by a further one';
COMMENT ON COLUMN zone_choice.seq IS 'the entry of the ledger that says so';
COMMENT ON COLUMN zone_choice.zone_id IS 'null: taken back, the match holds again';
COMMENT ON COLUMN zone_choice.share IS 'probability the newest match gave it; null: it was no candidate';

ALTER TABLE case_file
  ADD COLUMN zone_choice_id bigint CONSTRAINT case_file_zone_choice_id_fkey REFERENCES zone_choice (id),
  ADD COLUMN assignee_id uuid CONSTRAINT case_file_assignee_id_fkey REFERENCES account (id);
COMMENT ON COLUMN case_file.zone_choice_id IS 'the choice that holds; null: none, or taken back';
COMMENT ON COLUMN case_file.assignee_id IS 'who is expected to act; whoever of the body may act still may';
CREATE INDEX case_file_of_assignee ON case_file (assignee_id) WHERE assignee_id IS NOT NULL;

ALTER TABLE inbox_entry ADD COLUMN account_id uuid CONSTRAINT inbox_entry_account_id_fkey REFERENCES account (id);
COMMENT ON COLUMN inbox_entry.account_id IS 'for one person; null: for everybody of the body';
CREATE INDEX inbox_entry_of_account ON inbox_entry (account_id, id DESC) WHERE account_id IS NOT NULL;
""")
    append_only(["zone_choice"])
    secure("zone_choice", read="EXISTS (SELECT 1 FROM case_file c WHERE c.id = case_id)")
    run(choosing.MAY_SEE)
    run(f"ALTER POLICY case_file_read ON case_file USING ({choosing.SEEN})")
    run("""
ALTER POLICY inbox_entry_read ON inbox_entry
  USING (may_see(organisation_id, account_id) AND coalesce(account_id = current_account(), true));
""")
    for replaced in choosing.SINCE:
        run(replaced)
    run(TOLD)
    _rights(REPLACED | DEFINERS)
    run("""
CREATE TRIGGER choice_glanced AFTER UPDATE OF zone_choice_id ON case_file FOR EACH ROW
  WHEN (NEW.zone_choice_id IS DISTINCT FROM OLD.zone_choice_id) EXECUTE FUNCTION choice_glanced();
""")


TOLD = f"""
CREATE FUNCTION choice_glanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM case_glance_put(NEW.id);
  RETURN NULL;
END $$;

-- What a person decided about a case that may be seen: the zone it lies in, and who is expected to act.
CREATE FUNCTION case_standing_v1(p_case uuid) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT json_build_object(
      'zone', (
        SELECT json_build_object('kind', z.kind, 'code', z.code, 'name', z.name, 'version', z.version, 'share', x.share,
          'chosen_by_name', a.display_name, 'chosen_at', x.chosen_at)
        FROM zone_choice x JOIN zone z ON z.id = x.zone_id JOIN account a ON a.id = x.chosen_by
        WHERE x.id = c.zone_choice_id),
      'assignee', (
        SELECT json_build_object('id', a.id, 'name', a.display_name) FROM account a WHERE a.id = c.assignee_id))
    FROM case_file c WHERE c.id = p_case AND {choosing.OF_CASE});
END $$;

-- Somebody of the staff who could be expected at a case; nothing of others.
CREATE FUNCTION case_person_v1(p_account uuid) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT json_build_object('id', a.id, 'name', a.display_name, 'role', a.role, 'body', o.code, 'kind', o.kind)
    FROM account a JOIN organisation o ON o.id = a.organisation_id
    WHERE a.id = p_account AND a.role IN ('handler', 'officer') AND a.disabled_at IS NULL
      AND current_account() IS NOT NULL);
END $$;

CREATE FUNCTION account_name_v1(p_account uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT a.display_name FROM account a WHERE a.id = p_account AND current_account() IS NOT NULL);
END $$;

-- People of a body who could be expected at a case, those with the fewest open cases first. No positions.
CREATE FUNCTION case_assignees_v1(p_case uuid, p_body text, p_ends text[], p_at timestamptz)
RETURNS TABLE (account_id uuid, display_name text, role text, body_code text, body_name text, on_duty text,
  open_cases bigint) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT a.id, a.display_name, a.role, o.code, o.body_name,
    CASE WHEN duty.shift_id IS NOT NULL THEN 'yes'
      WHEN EXISTS (SELECT 1 FROM shift s WHERE s.account_id = a.id AND s.started_at <= p_at) THEN 'no'
      ELSE 'unknown' END,
    (SELECT count(*) FROM case_file w
     WHERE (w.assignee_id = a.id OR w.assignee_id IS NULL AND w.handler_id = a.id) AND w.state <> ALL (p_ends)) AS busy
  FROM case_file c
  JOIN organisation o ON o.code = p_body
  JOIN account a ON a.organisation_id = o.id AND a.role IN ('handler', 'officer') AND a.disabled_at IS NULL
  LEFT JOIN on_duty_v1(p_at) duty ON duty.account_id = a.id
  WHERE c.id = p_case AND {choosing.OF_CASE} AND may_see(o.id, NULL) AND asks_as('dispatcher', 'handler')
  ORDER BY a.role = 'officer', busy, a.display_name, a.id;
END $$;
"""


def _rights(definers: dict[str, str]) -> None:
    for name, arguments in (definers | FOR_THE_WORKER).items():
        definer(name, arguments)
    for name, arguments in FOR_THE_WORKER.items():
        run(f"REVOKE EXECUTE ON FUNCTION {name}({arguments}) FROM {SERVER_ROLE}")
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")


def downgrade() -> None:
    run("DROP TRIGGER choice_glanced ON case_file")
    for name, arguments in DEFINERS.items():
        run(f"DROP FUNCTION {name}({arguments})")
    for replaced in choosing.BEFORE:
        run(replaced)
    _rights(REPLACED)
    run(f"""
ALTER POLICY inbox_entry_read ON inbox_entry USING (may_see(organisation_id, NULL));
ALTER POLICY case_file_read ON case_file USING ({choosing.SEEN_BEFORE});
DROP FUNCTION may_see_case(uuid, uuid, uuid);
DELETE FROM inbox_entry WHERE account_id IS NOT NULL;
ALTER TABLE inbox_entry DROP COLUMN account_id;
ALTER TABLE case_file DROP COLUMN assignee_id, DROP COLUMN zone_choice_id;
DROP TABLE zone_choice;
""")
    run("SELECT case_glance_anew()")
