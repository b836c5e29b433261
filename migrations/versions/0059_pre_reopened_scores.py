"""A case that is opened again counts no more in ratings, and anew when it is closed again: noted and looked at as a closed
one is, and taken out of the count as what a corrected record was entered as."""

from importlib import import_module

from migrations.sql import WORKER_ROLE, definer, run

revision = "0059"
down_revision = "0058"

ratings, records = (
    import_module(f"migrations.versions.{name}") for name in ("0048_pre_ratings", "0056_pre_open")
)
STALE = {"score_stale_v1": "uuid, uuid"}
ENTERING = {
    name: ratings.DEFINERS[name] for name in ("score_append_v1", "score_repeats_v1", "scores_due_v1")
} | STALE
VOIDING = "'rating.appeal_upheld', 'rating.record_corrected', 'rating.reopened'"


def upgrade() -> None:
    _entries()
    _due()
    _stale()
    records._append("""e.key = p_key
    OR e.case_id = p_case AND e.action = p_action
      AND CAST(e.body AS jsonb) ->> 'reworks' IS NOT DISTINCT FROM CAST(p_body AS jsonb) ->> 'reworks'
    OR e.record_id = CAST(CAST(p_body AS jsonb) ->> 'record' AS uuid) AND e.action = p_action""")
    records._repeats(VOIDING)
    for name, arguments in ENTERING.items():
        definer(name, arguments)
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")


def _entries() -> None:
    run(f"""
ALTER TABLE score_entry DROP CONSTRAINT score_entry_action_known, ADD CONSTRAINT score_entry_action_known
  CHECK (action IN ({records.ACTIONS}, 'rating.record_corrected', 'rating.reopened'));
DROP INDEX score_entry_of_case;
CREATE UNIQUE INDEX score_entry_of_case ON score_entry (case_id, action, (CAST(body AS jsonb) ->> 'reworks'))
  WHERE case_id IS NOT NULL;
COMMENT ON COLUMN score_entry.case_id IS 'a case is entered once each time it is closed, and taken out once each time it is opened again';
COMMENT ON COLUMN score_due.closed_at IS 'when it was closed, or had been before it was opened again';
COMMENT ON TABLE score_due IS 'cases that were closed or opened again and not looked at yet for ratings';
""")


def _due() -> None:
    run("""
CREATE OR REPLACE FUNCTION score_due_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- Whoever is looking at the case just now, as it was, is waited for: then it is noted anew.
  INSERT INTO score_due (case_id, closed_at) VALUES (NEW.id, coalesce(NEW.closed_at, OLD.closed_at))
  ON CONFLICT (case_id) DO UPDATE SET closed_at = excluded.closed_at;
  RETURN NULL;
END $$;
DROP TRIGGER score_due_note ON case_file;
CREATE TRIGGER score_due_note AFTER UPDATE OF state ON case_file FOR EACH ROW
  WHEN ((NEW.state = 'closed') <> (OLD.state = 'closed')) EXECUTE FUNCTION score_due_note();

-- Cases to look at, oldest first: whose they are, and by the rules in force on the day of the first report the set, its base
-- and the event of the category. Without a subject or an event there is nothing to enter, nor while a case is open again.
-- They are held until the transaction ends; one that is closed or opened again just now is left for the next look.
CREATE OR REPLACE FUNCTION scores_due_v1(p_rows integer)
RETURNS TABLE (case_id uuid, number text, on_day date, subject_id uuid, overdue boolean, reworks integer, rules_id bigint,
  base integer, event json) LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  due uuid[] := ARRAY(SELECT s.case_id FROM score_due s ORDER BY s.closed_at, s.case_id LIMIT p_rows FOR UPDATE SKIP LOCKED);
BEGIN
  RETURN QUERY
  SELECT c.id, c.number, o.on_day, CASE WHEN c.state = 'closed' THEN l.subject_id END,
    coalesce(c.closed_at > c.due_at, false), c.round, b.id, CAST(b.rows -> 0 ->> 'base' AS integer),
    (SELECT e.event FROM json_array_elements(b.rows -> 0 -> 'events') AS e (event)
      WHERE CAST(e.event -> 'categories' AS jsonb) ? c.category)
  FROM unnest(due) WITH ORDINALITY AS d (case_id, place)
  JOIN case_file c ON c.id = d.case_id
  LEFT JOIN case_glance g ON g.case_id = c.id
  LEFT JOIN report r ON r.id = g.report_id
  CROSS JOIN LATERAL (SELECT coalesce(r.judged_on, CAST(c.opened_at AS date)) AS on_day) o
  LEFT JOIN subject_place l ON l.zone_kind = g.zone_kind AND l.zone_code = g.zone_code AND l.valid @> o.on_day
  LEFT JOIN rulebook b ON b.kind = 'rating_rules' AND b.valid @> o.on_day
  ORDER BY d.place;
END $$;
ALTER FUNCTION scores_due_v2(integer) VOLATILE;
""")


def _stale() -> None:
    run(f"""
DROP FUNCTION score_of_record_v1(uuid);

-- What counts still and should not any more, and in whose ledger: what a case was entered as before it was opened again, or
-- the record that this one corrects.
CREATE FUNCTION score_stale_v1(p_case uuid, p_record uuid) RETURNS TABLE (id bigint, subject_id uuid)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT e.id, e.subject_id FROM score_entry e
  WHERE e.action IN ('rating.plus', 'rating.minus')
    AND (e.record_id = (SELECT r.corrects FROM form_record r WHERE r.id = p_record)
      OR e.case_id = p_case AND EXISTS (SELECT 1 FROM case_file c WHERE c.id = p_case
        AND (c.state <> 'closed' OR CAST(e.body AS jsonb) ->> 'reworks' IS DISTINCT FROM CAST(c.round AS text))))
    AND NOT EXISTS (SELECT 1 FROM score_entry v
      WHERE v.action IN ({VOIDING}) AND CAST(v.body AS jsonb) -> 'voids' @> to_jsonb(e.id));
END $$;
""")


def downgrade() -> None:
    worker = {name: ratings.DEFINERS[name] for name in ratings.FOR_WORKER}
    for name, arguments in {**worker, **records.ENTERING, **STALE}.items():
        run(f"DROP FUNCTION IF EXISTS {name}({arguments})")
    run(f"""
DROP TRIGGER score_due_note ON case_file;
DROP FUNCTION score_due_note();
DROP FUNCTION score_chain(uuid, text, text, uuid, uuid);
-- A case has one entry again, its first; what their hashes cover stays.
ALTER TABLE score_entry DISABLE TRIGGER score_entry_append_only;
UPDATE score_entry e SET case_id = NULL
WHERE EXISTS (SELECT 1 FROM score_entry before WHERE before.case_id = e.case_id AND before.id < e.id);
ALTER TABLE score_entry ENABLE TRIGGER score_entry_append_only;
ALTER TABLE score_entry DROP CONSTRAINT score_entry_action_known, ADD CONSTRAINT score_entry_action_known
  CHECK (action IN ({records.ACTIONS}, 'rating.record_corrected')) NOT VALID;
DROP INDEX score_entry_of_case;
CREATE UNIQUE INDEX score_entry_of_case ON score_entry (case_id) WHERE case_id IS NOT NULL;
COMMENT ON COLUMN score_entry.case_id IS 'a closed case is entered once';
COMMENT ON COLUMN score_due.closed_at IS NULL;
COMMENT ON TABLE score_due IS 'closed cases that were not looked at yet for ratings';
""")
    ratings._entering()
    run("""
REVOKE ALL ON FUNCTION score_chain(uuid, text, text, uuid, uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION score_due_note() FROM PUBLIC;
""")
    for name, arguments in worker.items():
        definer(name, arguments)
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")
    records._entering()
