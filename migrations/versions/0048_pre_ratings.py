"""Ratings of subjects: a hash-chained ledger of scores each, lists worked out from all of them, notices, appeals, corrections."""

from migrations.sql import WORKER_ROLE, append_only, definer, run, secure

revision = "0048"
down_revision = "0047"

KEPT = (
    "score_entry",
    "rating_list",
    "rating_entry",
    "rating_list_step",
    "rating_appeal",
    "rating_appeal_decision",
    "rating_correction",
)
OF_SUBJECT = "EXISTS (SELECT 1 FROM subject s WHERE s.id = subject_id)"
OF_ENTRY = "EXISTS (SELECT 1 FROM rating_entry e WHERE e.list_id = {table}.list_id AND e.subject_id = {table}.subject_id)"
SIGNED_IN = "current_account() IS NOT NULL"
KEEPING = "current_scope() = 'district' AND asks_as('zone_manager', 'admin')"
DEFINERS = {
    "score_append_v1": "uuid, text, text, text, uuid, uuid",
    "score_repeats_v1": "uuid, text, date",
    "scores_due_v1": "integer",
    "score_due_done_v1": "uuid",
    "ratings_published_v1": "",
    "ratings_corrected_v1": "integer",
}
FOR_WORKER = ("score_append_v1", "score_repeats_v1", "scores_due_v1", "score_due_done_v1")


def upgrade() -> None:
    _ledger()
    _lists()
    append_only(KEPT)
    secure("score_head", read=OF_SUBJECT)
    secure("score_entry", read=OF_SUBJECT)
    secure("score_due", read="current_scope() = 'district'")
    secure("rating_list", read=SIGNED_IN, insert=f"{KEEPING} AND made_by = current_account()")
    secure("rating_entry", read=OF_SUBJECT, insert=KEEPING)
    secure("rating_list_step", read=SIGNED_IN, insert=f"{KEEPING} AND by = current_account()")
    secure(
        "rating_appeal",
        read=OF_ENTRY.format(table="rating_appeal"),
        insert=f"made_by = current_account() AND {OF_ENTRY.format(table='rating_appeal')}",
    )
    secure(
        "rating_appeal_decision",
        read="EXISTS (SELECT 1 FROM rating_appeal a WHERE a.id = appeal_id)",
        insert="asks_as('reviewer') AND decided_by = current_account()",
    )
    secure(
        "rating_correction",
        read=OF_ENTRY.format(table="rating_correction"),
        insert="asks_as('reviewer')",
    )
    _entering()
    _published()
    for name, arguments in DEFINERS.items():
        definer(name, arguments)
    for name in FOR_WORKER:
        run(f"GRANT EXECUTE ON FUNCTION {name}({DEFINERS[name]}) TO {WORKER_ROLE}")


def _ledger() -> None:
    run("""
CREATE TABLE score_head (
  subject_id uuid CONSTRAINT score_head_pkey PRIMARY KEY
    CONSTRAINT score_head_subject_id_fkey REFERENCES subject (id),
  seq integer NOT NULL,
  head text NOT NULL
);
COMMENT ON TABLE score_head IS 'the newest entry of each ledger: with it a cut-off tail shows';

CREATE TABLE score_entry (
  subject_id uuid NOT NULL CONSTRAINT score_entry_subject_id_fkey REFERENCES subject (id),
  seq integer NOT NULL CONSTRAINT score_entry_seq_positive CHECK (seq > 0),
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT score_entry_id_key UNIQUE,
  recorded_at timestamptz NOT NULL,
  actor_id uuid CONSTRAINT score_entry_actor_id_fkey REFERENCES account (id),
  action text NOT NULL CONSTRAINT score_entry_action_known CHECK (action IN ('rating.opened', 'rating.plus', 'rating.minus',
    'rating.noticed', 'rating.published', 'rating.appeal_opened', 'rating.appeal_upheld', 'rating.appeal_rejected',
    'rating.corrected')),
  body text NOT NULL,
  key uuid CONSTRAINT score_entry_key_key UNIQUE,
  case_id uuid CONSTRAINT score_entry_case_id_fkey REFERENCES case_file (id),
  prev_hash text NOT NULL,
  hash text NOT NULL CONSTRAINT score_entry_hash_form CHECK (hash ~ '^[0-9a-f]{64}$'),
  CONSTRAINT score_entry_pkey PRIMARY KEY (subject_id, seq)
);
CREATE UNIQUE INDEX score_entry_of_case ON score_entry (case_id) WHERE case_id IS NOT NULL;
COMMENT ON COLUMN score_entry.id IS 'in the order in which entries came: a list says up to which it reads';
COMMENT ON COLUMN score_entry.actor_id IS 'null: entered by itself, for a case that was closed';
COMMENT ON COLUMN score_entry.body IS 'canonical JSON (RFC 8785) as text: the hash covers these very bytes';
COMMENT ON COLUMN score_entry.key IS 'given by whoever sends an entry: sent again it is the same';
COMMENT ON COLUMN score_entry.case_id IS 'a closed case is entered once';

CREATE TABLE score_due (
  case_id uuid CONSTRAINT score_due_pkey PRIMARY KEY CONSTRAINT score_due_case_id_fkey REFERENCES case_file (id),
  closed_at timestamptz NOT NULL
);
CREATE INDEX score_due_order ON score_due (closed_at, case_id);
COMMENT ON TABLE score_due IS 'closed cases that were not looked at yet for ratings';
""")


def _lists() -> None:
    run("""
CREATE TABLE rating_list (
  id uuid CONSTRAINT rating_list_pkey PRIMARY KEY,
  on_day date NOT NULL,
  rules_id bigint NOT NULL CONSTRAINT rating_list_rules_id_fkey REFERENCES rulebook (id),
  through bigint NOT NULL,
  merged jsonb NOT NULL,
  content text NOT NULL,
  digest text NOT NULL CONSTRAINT rating_list_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  made_at timestamptz NOT NULL,
  made_by uuid NOT NULL CONSTRAINT rating_list_made_by_fkey REFERENCES account (id)
);
CREATE INDEX rating_list_newest ON rating_list (made_at DESC, id DESC);
COMMENT ON TABLE rating_list IS 'the red and the black list of a day, worked out from ledgers; it can be worked out again';
COMMENT ON COLUMN rating_list.through IS 'the newest entry of a ledger that it read';
COMMENT ON COLUMN rating_list.merged IS 'subjects that counted as another''s record, with that one';
COMMENT ON COLUMN rating_list.content IS 'canonical JSON (RFC 8785) as text; its SHA-256 is digest';

CREATE TABLE rating_entry (
  list_id uuid NOT NULL CONSTRAINT rating_entry_list_id_fkey REFERENCES rating_list (id),
  subject_id uuid NOT NULL CONSTRAINT rating_entry_subject_id_fkey REFERENCES subject (id),
  colour text NOT NULL CONSTRAINT rating_entry_colour_known CHECK (colour IN ('red', 'black')),
  score text NOT NULL,
  stars integer CONSTRAINT rating_entry_stars_known CHECK (stars = 5),
  name text NOT NULL,
  street text,
  township_code text,
  CONSTRAINT rating_entry_pkey PRIMARY KEY (list_id, subject_id)
);
CREATE INDEX rating_entry_of_subject ON rating_entry (subject_id);
COMMENT ON TABLE rating_entry IS 'who is on a list, named as on that day';

CREATE TABLE rating_list_step (
  list_id uuid NOT NULL CONSTRAINT rating_list_step_list_id_fkey REFERENCES rating_list (id),
  action text NOT NULL CONSTRAINT rating_list_step_action_known CHECK (action IN ('noticed', 'published', 'withdrawn')),
  at timestamptz NOT NULL,
  by uuid NOT NULL CONSTRAINT rating_list_step_by_fkey REFERENCES account (id),
  notice_until date,
  appeal_until date,
  reason text,
  CONSTRAINT rating_list_step_pkey PRIMARY KEY (list_id, action),
  CONSTRAINT rating_list_step_whole CHECK ((action = 'noticed') = (notice_until IS NOT NULL)
    AND (action = 'noticed') = (appeal_until IS NOT NULL) AND (action = 'withdrawn') = (reason IS NOT NULL))
);
COMMENT ON COLUMN rating_list_step.notice_until IS 'last day of the notice; it is published after it';
COMMENT ON COLUMN rating_list_step.appeal_until IS 'last day to appeal';

CREATE TABLE rating_appeal (
  id uuid CONSTRAINT rating_appeal_pkey PRIMARY KEY,
  list_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  contested jsonb NOT NULL,
  grounds text NOT NULL CONSTRAINT rating_appeal_grounds_length CHECK (length(grounds) BETWEEN 1 AND 4000),
  made_at timestamptz NOT NULL,
  made_by uuid NOT NULL CONSTRAINT rating_appeal_made_by_fkey REFERENCES account (id),
  CONSTRAINT rating_appeal_entry FOREIGN KEY (list_id, subject_id) REFERENCES rating_entry (list_id, subject_id),
  CONSTRAINT rating_appeal_once UNIQUE (list_id, subject_id)
);
COMMENT ON COLUMN rating_appeal.contested IS 'ids of the entries of ledgers that are said to be wrong';
COMMENT ON COLUMN rating_appeal.made_by IS 'who took it down for the shop';

CREATE TABLE rating_appeal_decision (
  appeal_id uuid CONSTRAINT rating_appeal_decision_pkey PRIMARY KEY
    CONSTRAINT rating_appeal_decision_appeal_id_fkey REFERENCES rating_appeal (id),
  upheld boolean NOT NULL,
  reason text NOT NULL CONSTRAINT rating_appeal_decision_reason_length CHECK (length(reason) BETWEEN 1 AND 4000),
  decided_at timestamptz NOT NULL,
  decided_by uuid NOT NULL CONSTRAINT rating_appeal_decision_decided_by_fkey REFERENCES account (id)
);

CREATE TABLE rating_correction (
  appeal_id uuid CONSTRAINT rating_correction_pkey PRIMARY KEY
    CONSTRAINT rating_correction_appeal_id_fkey REFERENCES rating_appeal (id),
  list_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  colour text CONSTRAINT rating_correction_colour_known CHECK (colour IN ('red', 'black')),
  score text NOT NULL,
  at timestamptz NOT NULL,
  CONSTRAINT rating_correction_entry FOREIGN KEY (list_id, subject_id) REFERENCES rating_entry (list_id, subject_id),
  CONSTRAINT rating_correction_once UNIQUE (list_id, subject_id)
);
COMMENT ON TABLE rating_correction IS 'what an upheld appeal made of an entry; the list itself stays as it was';
COMMENT ON COLUMN rating_correction.colour IS 'the list it is on now; null: on none';
""")


def _entering() -> None:
    run("""
-- One entry more of a ledger that nobody else writes to meanwhile. Hashed as the ledgers of cases are.
CREATE FUNCTION score_chain(p_subject uuid, p_action text, p_body text, p_key uuid, p_case uuid) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  at timestamptz := clock_timestamp();
  before record;
  hashed text;
  entry_id bigint;
BEGIN
  SELECT h.seq, h.head INTO STRICT before FROM score_head h WHERE h.subject_id = p_subject;
  hashed := ledger_hash(before.head, p_subject, before.seq + 1, at, current_account(), p_action, p_body);
  INSERT INTO score_entry (subject_id, seq, recorded_at, actor_id, action, body, key, case_id, prev_hash, hash)
  VALUES (p_subject, before.seq + 1, at, current_account(), p_action, p_body, p_key, p_case, before.head, hashed)
  RETURNING id INTO entry_id;
  UPDATE score_head h SET seq = before.seq + 1, head = hashed WHERE h.subject_id = p_subject;
  RETURN entry_id;
END $$;

-- Add to the ledger of a subject, after `p_opening` when it is the first; the id of the entry, or null when the key or the
-- case was entered before. People add for subjects of their own township, those of the district for all.
CREATE FUNCTION score_append_v1(p_subject uuid, p_opening text, p_action text, p_body text, p_key uuid, p_case uuid)
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
  IF EXISTS (SELECT 1 FROM score_entry e WHERE e.key = p_key OR e.case_id = p_case) THEN
    RETURN NULL;
  END IF;
  IF opened = 0 THEN
    PERFORM score_chain(p_subject, 'rating.opened', p_opening, NULL, NULL);
  END IF;
  RETURN score_chain(p_subject, p_action, p_body, p_key, p_case);
END $$;

-- A closed case is looked at for the rating of whoever answered for its zone: by the worker, as soon as it comes round.
CREATE FUNCTION score_due_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO score_due (case_id, closed_at) VALUES (NEW.id, NEW.closed_at) ON CONFLICT (case_id) DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER score_due_note AFTER UPDATE OF state ON case_file FOR EACH ROW
  WHEN (NEW.state = 'closed' AND OLD.state <> 'closed') EXECUTE FUNCTION score_due_note();

-- How often a subject, or a record merged into it, had an event in the year up to a day, and it stands.
CREATE FUNCTION score_repeats_v1(p_subject uuid, p_event text, p_on date) RETURNS integer LANGUAGE plpgsql STABLE AS $$
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
      AND NOT EXISTS (SELECT 1 FROM entry v
        WHERE v.action = 'rating.appeal_upheld' AND v.body -> 'voids' @> to_jsonb(e.id)));
END $$;

-- Closed cases to look at, oldest first: whose they are, and by the rules in force on the day of the first report the set,
-- its base and the event of the category. Without a subject or an event there is nothing to enter.
CREATE FUNCTION scores_due_v1(p_rows integer)
RETURNS TABLE (case_id uuid, number text, on_day date, subject_id uuid, overdue boolean, reworks integer, rules_id bigint,
  base integer, event json) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT d.case_id, c.number, o.on_day, l.subject_id, coalesce(c.closed_at > c.due_at, false), c.round, b.id,
    CAST(b.rows -> 0 ->> 'base' AS integer),
    (SELECT e.event FROM json_array_elements(b.rows -> 0 -> 'events') AS e (event)
      WHERE CAST(e.event -> 'categories' AS jsonb) ? c.category)
  FROM (SELECT s.case_id, s.closed_at FROM score_due s ORDER BY s.closed_at, s.case_id LIMIT p_rows) d
  JOIN case_file c ON c.id = d.case_id
  LEFT JOIN case_glance g ON g.case_id = c.id
  LEFT JOIN report r ON r.id = g.report_id
  CROSS JOIN LATERAL (SELECT coalesce(r.judged_on, CAST(c.opened_at AS date)) AS on_day) o
  LEFT JOIN subject_place l ON l.zone_kind = g.zone_kind AND l.zone_code = g.zone_code AND l.valid @> o.on_day
  LEFT JOIN rulebook b ON b.kind = 'rating_rules' AND b.valid @> o.on_day
  ORDER BY d.closed_at, d.case_id;
END $$;

CREATE FUNCTION score_due_done_v1(p_case uuid) RETURNS void LANGUAGE sql AS $$
  DELETE FROM score_due d WHERE d.case_id = p_case;
$$;
""")


def _published() -> None:
    run("""
-- The newest list that was published and not withdrawn, as corrected since: for everybody. No person is named.
CREATE FUNCTION ratings_published_v1()
RETURNS TABLE (list_id uuid, on_day date, published_at timestamptz, code text, name text, street text, township_code text,
  township_name text, colour text, score text, stars integer) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT l.id, l.on_day, l.published_at, s.code, e.name, e.street, e.township_code, o.name,
    CASE WHEN k.appeal_id IS NULL THEN e.colour ELSE k.colour END, coalesce(k.score, e.score),
    CASE WHEN k.appeal_id IS NULL THEN e.stars END
  FROM (SELECT r.id, r.on_day, p.at AS published_at FROM rating_list r
    JOIN rating_list_step p ON p.list_id = r.id AND p.action = 'published'
    WHERE NOT EXISTS (SELECT 1 FROM rating_list_step w WHERE w.list_id = r.id AND w.action = 'withdrawn')
    ORDER BY p.at DESC, r.id DESC LIMIT 1) l
  JOIN rating_entry e ON e.list_id = l.id
  JOIN subject s ON s.id = e.subject_id
  LEFT JOIN organisation o ON o.code = e.township_code
  LEFT JOIN rating_correction k ON k.list_id = e.list_id AND k.subject_id = e.subject_id
  WHERE k.appeal_id IS NULL OR k.colour IS NOT NULL
  ORDER BY 9, s.code;
END $$;

-- Corrections of lists that were published, newest first: for everybody.
CREATE FUNCTION ratings_corrected_v1(p_rows integer)
RETURNS TABLE (list_id uuid, on_day date, corrected_at timestamptz, code text, name text, street text, colour_before text,
  score_before text, colour text, score text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT l.id, l.on_day, k.at, s.code, e.name, e.street, e.colour, e.score, k.colour, k.score
  FROM rating_correction k
  JOIN rating_list l ON l.id = k.list_id
  JOIN rating_list_step p ON p.list_id = l.id AND p.action = 'published'
  JOIN rating_entry e ON e.list_id = k.list_id AND e.subject_id = k.subject_id
  JOIN subject s ON s.id = k.subject_id
  ORDER BY k.at DESC, s.code
  LIMIT p_rows;
END $$;
REVOKE ALL ON FUNCTION score_chain(uuid, text, text, uuid, uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION score_due_note() FROM PUBLIC;
""")


def downgrade() -> None:
    run("""
DROP TRIGGER score_due_note ON case_file;
DROP FUNCTION ratings_corrected_v1(integer);
DROP FUNCTION ratings_published_v1();
DROP FUNCTION score_due_done_v1(uuid);
DROP FUNCTION scores_due_v1(integer);
DROP FUNCTION score_repeats_v1(uuid, text, date);
DROP FUNCTION score_due_note();
DROP FUNCTION score_append_v1(uuid, text, text, text, uuid, uuid);
DROP FUNCTION score_chain(uuid, text, text, uuid, uuid);
DROP TABLE rating_correction;
DROP TABLE rating_appeal_decision;
DROP TABLE rating_appeal;
DROP TABLE rating_list_step;
DROP TABLE rating_entry;
DROP TABLE rating_list;
DROP TABLE score_due;
DROP TABLE score_entry;
DROP TABLE score_head;
""")
