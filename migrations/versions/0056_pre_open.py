"""Ratings and law on the public page's own role, and records that are entered in ledgers of scores by rule.

A record is looked at as a closed case is: a trigger notes it, the worker enters it. What corrects it takes its entry out
of the count by an entry of its own.
"""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, definer, run, secure

revision = "0056"
down_revision = "0055"

PUBLIC_ROLE = "frontage_public"
OPEN = {
    "open_rating_list_v1": "",
    "open_ratings_v1": "",
    "open_rating_corrections_v1": "integer",
    "open_legal_texts_v1": "date",
}
# What these give strangers is asked for by nobody else.
INNER = {"ratings_published_v1": "", "ratings_corrected_v1": "integer"}
APPEND = "uuid, text, text, text, uuid, uuid"
REPEATS = "uuid, text, date"
ENTERING = {
    "score_append_v1": APPEND,
    "score_repeats_v1": REPEATS,
    "scores_due_v2": "integer",
    "score_due_done_v2": "uuid, uuid",
    "score_of_record_v1": "uuid",
}
ACTIONS = """'rating.opened', 'rating.plus', 'rating.minus', 'rating.noticed', 'rating.published', 'rating.appeal_opened',
  'rating.appeal_upheld', 'rating.appeal_rejected', 'rating.corrected'"""


def upgrade() -> None:
    _open()
    _records()
    _entering()


def _open() -> None:
    run("""
-- The newest list that was published and not withdrawn: its day, since when it is public, and until when one may appeal.
CREATE FUNCTION open_rating_list_v1() RETURNS TABLE (on_day date, published_at timestamptz, appeal_until date)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT r.on_day, p.at, n.appeal_until FROM rating_list r
  JOIN rating_list_step p ON p.list_id = r.id AND p.action = 'published'
  JOIN rating_list_step n ON n.list_id = r.id AND n.action = 'noticed'
  WHERE NOT EXISTS (SELECT 1 FROM rating_list_step w WHERE w.list_id = r.id AND w.action = 'withdrawn')
  ORDER BY p.at DESC, r.id DESC LIMIT 1;
END $$;

-- Who is on it, as corrected since. Neither a shop nor a street is told by a name that names somebody.
CREATE FUNCTION open_ratings_v1() RETURNS TABLE (code text, name text, street text, township_code text, township_name text,
  colour text, score text, stars integer) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT p.code, public_name_v1(p.name, p.code), public_name_v1(p.street, NULL), p.township_code, p.township_name, p.colour,
    p.score, p.stars
  FROM ratings_published_v1() p;
END $$;

-- Corrections of lists that were published, newest first.
CREATE FUNCTION open_rating_corrections_v1(p_rows integer) RETURNS TABLE (on_day date, corrected_at timestamptz, code text,
  name text, street text, colour_before text, score_before text, colour text, score text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT c.on_day, c.corrected_at, c.code, public_name_v1(c.name, c.code), public_name_v1(c.street, NULL), c.colour_before,
    c.score_before, c.colour, c.score
  FROM ratings_corrected_v1(p_rows) c;
END $$;

-- Articles that are cited on a day, each with its source, and the set they stand in.
CREATE FUNCTION open_legal_texts_v1(p_on date) RETURNS TABLE (code text, title text, clause text, text text, abridged boolean,
  issued_on date, source text, valid_from date, sample boolean) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT t.value ->> 'code', t.value ->> 'title', t.value ->> 'clause', t.value ->> 'text',
    coalesce(CAST(t.value ->> 'abridged' AS boolean), false), CAST(t.value ->> 'issued_on' AS date), t.value ->> 'source',
    lower(b.valid), b.sample
  FROM rulebook b CROSS JOIN LATERAL json_array_elements(b.rows) WITH ORDINALITY AS t (value, place)
  WHERE b.kind = 'legal_texts' AND b.valid @> p_on
  ORDER BY t.place;
END $$;
""")
    for function, arguments in OPEN.items():
        definer(function, arguments)
        run(f"REVOKE EXECUTE ON FUNCTION {function}({arguments}) FROM {SERVER_ROLE}")
        run(f"GRANT EXECUTE ON FUNCTION {function}({arguments}) TO {PUBLIC_ROLE}")
    for function, arguments in INNER.items():
        run(f"REVOKE EXECUTE ON FUNCTION {function}({arguments}) FROM {SERVER_ROLE}")


def _records() -> None:
    run(f"""
CREATE TABLE score_due_record (
  nth bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT score_due_record_pkey PRIMARY KEY,
  record_id uuid NOT NULL CONSTRAINT score_due_record_key UNIQUE
    CONSTRAINT score_due_record_record_id_fkey REFERENCES form_record (id)
);
COMMENT ON TABLE score_due_record IS 'records that were not looked at yet for ratings, each after what it corrects';

ALTER TABLE score_entry ADD COLUMN record_id uuid GENERATED ALWAYS AS (CAST(CAST(body AS jsonb) ->> 'record' AS uuid)) STORED
  CONSTRAINT score_entry_record_id_fkey REFERENCES form_record (id);
COMMENT ON COLUMN score_entry.record_id IS 'a record is entered once, and corrects another once';
CREATE UNIQUE INDEX score_entry_of_record ON score_entry (record_id, action) WHERE record_id IS NOT NULL;
ALTER TABLE score_entry DROP CONSTRAINT score_entry_action_known, ADD CONSTRAINT score_entry_action_known
  CHECK (action IN ({ACTIONS}, 'rating.record_corrected'));

-- A record is looked at for the rating of whom it is about, as a closed case is.
CREATE FUNCTION score_due_record_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO score_due_record (record_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION score_due_record_note() FROM PUBLIC;
CREATE TRIGGER score_due_record_note AFTER INSERT ON form_record FOR EACH ROW EXECUTE FUNCTION score_due_record_note();
""")
    secure("score_due_record", read="current_scope() = 'district'")


def _entering() -> None:
    run("""
-- What is to be looked at, cases before records and of each the oldest first: whose it is, what formulas may name of it, and
-- by the rules in force on its day the set, its base and the events it may be. Of a record about a zone or a case it is
-- whoever answered for that zone on the day of the record.
CREATE FUNCTION scores_due_v2(p_rows integer)
RETURNS TABLE (case_id uuid, number text, record_id uuid, corrects uuid, on_day date, subject_id uuid, fields json,
  rules_id bigint, base integer, events json) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT c.case_id, c.number, CAST(NULL AS uuid), CAST(NULL AS uuid), c.on_day, c.subject_id,
    json_build_object('overdue', c.overdue, 'reworks', c.reworks), c.rules_id, c.base,
    CASE WHEN c.event IS NULL THEN json_build_array() ELSE json_build_array(c.event) END
  FROM scores_due_v1(p_rows) c;
  RETURN QUERY
  SELECT CAST(NULL AS uuid), CAST(NULL AS text), r.id, r.corrects, r.day, coalesce(r.subject_id, l.subject_id),
    CAST(r.answers || jsonb_build_object('score', r.score) AS json), b.id, CAST(b.rows -> 0 ->> 'base' AS integer),
    (SELECT coalesce(json_agg(e.event ORDER BY e.place), json_build_array())
      FROM json_array_elements(b.rows -> 0 -> 'events') WITH ORDINALITY AS e (event, place)
      WHERE e.event ->> 'form' = r.form)
  FROM (SELECT s.nth, s.record_id FROM score_due_record s ORDER BY s.nth LIMIT p_rows) d
  JOIN form_record r ON r.id = d.record_id
  LEFT JOIN zone z ON z.id = r.zone_id
  LEFT JOIN case_glance g ON g.case_id = r.case_id
  LEFT JOIN subject_place l ON l.zone_kind = coalesce(z.kind, g.zone_kind) AND l.zone_code = coalesce(z.code, g.zone_code)
    AND l.valid @> r.day
  LEFT JOIN rulebook b ON b.kind = 'rating_rules' AND b.valid @> r.day
  ORDER BY d.nth;
END $$;

CREATE FUNCTION score_due_done_v2(p_case uuid, p_record uuid) RETURNS void LANGUAGE sql AS $$
  SELECT score_due_done_v1(p_case);
  DELETE FROM score_due_record d WHERE d.record_id = p_record;
$$;

-- What a record was entered as, and in whose ledger.
CREATE FUNCTION score_of_record_v1(p_record uuid) RETURNS TABLE (id bigint, subject_id uuid)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT e.id, e.subject_id FROM score_entry e
  WHERE e.record_id = p_record AND e.action IN ('rating.plus', 'rating.minus');
END $$;
""")
    _append(
        "e.key = p_key OR e.case_id = p_case OR e.record_id = CAST(CAST(p_body AS jsonb) ->> 'record' AS uuid) AND e.action = p_action"
    )
    _repeats("'rating.appeal_upheld', 'rating.record_corrected'")
    for name, arguments in ENTERING.items():
        definer(name, arguments)
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")


def _append(entered: str) -> None:
    run(f"""
-- Add to the ledger of a subject, after `p_opening` when it is the first; the id of the entry, or null when the key, the case
-- or the record was entered before. People add for subjects of their own township, those of the district for all.
CREATE OR REPLACE FUNCTION score_append_v1(p_subject uuid, p_opening text, p_action text, p_body text, p_key uuid, p_case uuid)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  opened integer;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM subject s WHERE s.id = p_subject AND (
    current_account() IS NULL AND session_user <> 'frontage_app'
    OR EXISTS (SELECT 1 FROM organisation o WHERE o.id = current_organisation()
      AND (o.kind = 'district' OR o.code = s.township_code)))) THEN
    RAISE EXCEPTION 'no ledger of theirs' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'score_subject_seen';
  END IF;
  -- A list that is being made waits for whoever writes, and they for it: what it reads is whole.
  PERFORM pg_advisory_xact_lock_shared(hashtext('ratings'));
  INSERT INTO score_head (subject_id, seq, head) VALUES (p_subject, 0, '') ON CONFLICT (subject_id) DO NOTHING;
  SELECT h.seq INTO STRICT opened FROM score_head h WHERE h.subject_id = p_subject FOR UPDATE;
  IF EXISTS (SELECT 1 FROM score_entry e WHERE {entered}) THEN
    RETURN NULL;
  END IF;
  IF opened = 0 THEN
    PERFORM score_chain(p_subject, 'rating.opened', p_opening, NULL, NULL);
  END IF;
  RETURN score_chain(p_subject, p_action, p_body, p_key, p_case);
END $$;
""")


def _repeats(voiding: str) -> None:
    run(f"""
-- How often a subject, or a record merged into it, had an event in the year up to a day, and it stands.
CREATE OR REPLACE FUNCTION score_repeats_v1(p_subject uuid, p_event text, p_on date) RETURNS integer LANGUAGE plpgsql STABLE
AS $$
BEGIN
  RETURN (
    WITH RECURSIVE family AS (
      SELECT subject_root_v1(p_subject) AS id UNION SELECT s.id FROM subject s JOIN family f ON s.merged_into = f.id
    ), entry AS (
      SELECT e.id, e.action, CAST(e.body AS jsonb) AS body FROM score_entry e JOIN family f ON f.id = e.subject_id
    )
    SELECT count(*) FROM entry e
    WHERE e.action IN ('rating.plus', 'rating.minus') AND e.body ->> 'event' = p_event
      AND CAST(e.body ->> 'on' AS date) BETWEEN p_on - 365 AND p_on
      AND NOT EXISTS (SELECT 1 FROM entry v WHERE v.action IN ({voiding}) AND v.body -> 'voids' @> to_jsonb(e.id)));
END $$;
""")


def downgrade() -> None:
    _append("e.key = p_key OR e.case_id = p_case")
    _repeats("'rating.appeal_upheld'")
    for name in ("score_append_v1", "score_repeats_v1"):
        definer(name, ENTERING[name])
    run(f"""
DROP TRIGGER score_due_record_note ON form_record;
DROP FUNCTION score_due_record_note();
DROP FUNCTION score_of_record_v1(uuid);
DROP FUNCTION score_due_done_v2(uuid, uuid);
DROP FUNCTION scores_due_v2(integer);
DROP TABLE score_due_record;
ALTER TABLE score_entry DROP COLUMN record_id, DROP CONSTRAINT score_entry_action_known,
  ADD CONSTRAINT score_entry_action_known CHECK (action IN ({ACTIONS})) NOT VALID;
""")
    for function, arguments in OPEN.items():
        run(f"DROP FUNCTION {function}({arguments})")
    for function, arguments in INNER.items():
        run(f"GRANT EXECUTE ON FUNCTION {function}({arguments}) TO {SERVER_ROLE}")
