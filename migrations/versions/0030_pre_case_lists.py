"""Lists of cases: what rows show, counts and searches of a case beside its file, kept by the database alone."""

from migrations import glance
from migrations.sql import definer, run, secure

revision = "0030"
down_revision = "0029"

SHOWN = (
    "case_id, report_id, zone_kind, zone_code, zone_name, zone_verdict, zone_share, unsure, reports, photo"
)
TRIGGERS = {
    "report_glanced": ("case_report", "AFTER INSERT ON case_report FOR EACH ROW"),
    "match_glanced": ("zone_match", "AFTER INSERT ON zone_match FOR EACH ROW"),
    "photo_glanced": ("photo_arrival", "AFTER INSERT ON photo_arrival FOR EACH ROW"),
    "complaint_glanced": ("complaint", "AFTER INSERT ON complaint FOR EACH ROW"),
    "part_glanced": (
        "case_file",
        "AFTER INSERT ON case_file FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL)",
    ),
    "merge_glanced": (
        "case_file",
        "AFTER UPDATE OF merged_into ON case_file FOR EACH ROW "
        "WHEN (NEW.merged_into IS DISTINCT FROM OLD.merged_into)",
    ),
    "note_glanced": (
        "ledger",
        "AFTER INSERT ON ledger FOR EACH ROW "
        """WHEN (NEW.action LIKE 'case.%' AND (NEW.body LIKE '%"note":%' OR NEW.body LIKE '%"reason":%'))""",
    ),
}


def upgrade() -> None:
    _table()
    _working_out()
    _keeping()
    _reading()
    run("SELECT case_glance_anew()")


def _table() -> None:
    run("""
-- Every two neighbouring characters: two Chinese characters are a word, for which three (pg_trgm) are too many.
CREATE FUNCTION text_pairs(p_text text, p_more text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(p.one || p.next), '{}')
  FROM string_to_array(p_text || coalesce(' ' || p_more, ''), NULL) AS t (letters)
  CROSS JOIN LATERAL unnest(t.letters, t.letters[2:]) AS p (one, next)
  WHERE p.next IS NOT NULL
$$;

CREATE TABLE case_glance (
  case_id uuid CONSTRAINT case_glance_pkey PRIMARY KEY CONSTRAINT case_glance_case_id_fkey REFERENCES case_file (id),
  report_id uuid CONSTRAINT case_glance_report_id_fkey REFERENCES report (id),
  zone_kind text,
  zone_code text,
  zone_name text,
  zone_verdict text,
  zone_share double precision,
  unsure boolean NOT NULL,
  reports integer NOT NULL,
  photo text,
  words text NOT NULL,
  attached_words text NOT NULL
);
CREATE INDEX case_glance_report ON case_glance (report_id);
CREATE INDEX case_glance_words ON case_glance USING gin (text_pairs(words, attached_words));
CREATE INDEX case_glance_zone ON case_glance (lower(zone_code));
CREATE INDEX case_glance_unsure ON case_glance (case_id) WHERE unsure;
-- A number is looked for by its last digits.
CREATE INDEX case_file_number_tail ON case_file (reverse(number) text_pattern_ops);
COMMENT ON TABLE case_glance IS
  'what lists of cases show, count and search besides the case itself; worked out from evidence: case_glance_anew() does it again';
COMMENT ON COLUMN case_glance.report_id IS 'the report that opened the case, or the one it is a part of';
COMMENT ON COLUMN case_glance.unsure IS 'several zones share its match and nobody has chosen one';
COMMENT ON COLUMN case_glance.photo IS 'SHA-256 of the first photo of that report that is here';
COMMENT ON COLUMN case_glance.words IS 'for whoever sees the case, in small letters: zone, notes and reasons; nothing of complainants';
COMMENT ON COLUMN case_glance.attached_words IS
  'notes of reports that others attached: for those whose scope is the body of the case';
""")
    secure("case_glance", read="EXISTS (SELECT 1 FROM case_file c WHERE c.id = case_id)")
    # Words are found by cases_found_v1 alone, which knows for whose eyes they are.
    run("REVOKE SELECT ON case_glance FROM frontage_app")
    run(f"GRANT SELECT ({SHOWN}) ON case_glance TO frontage_app")


def _working_out() -> None:
    run(glance.ZONE)
    run("""
-- What is to be kept of a case, worked out from its reports, matches, complaints and ledger.
CREATE FUNCTION case_glance_put(p_case uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  opening record;
  place record;
BEGIN
  SELECT r.id, CAST(r.payload AS json) ->> 'note' AS note INTO opening
  FROM case_file c
  JOIN case_report cr ON cr.case_id IN (c.id, c.parent_id) AND cr.relation = 'opened'
  JOIN report r ON r.id = cr.report_id
  WHERE c.id = p_case
  ORDER BY cr.case_id = c.id DESC LIMIT 1;
  SELECT z.* INTO place FROM case_zone_v1(p_case) z;
  INSERT INTO case_glance AS g (case_id, report_id, zone_kind, zone_code, zone_name, zone_verdict, zone_share, unsure, reports,
    photo, words, attached_words)
  SELECT p_case, opening.id, place.kind, place.code, place.name, place.verdict, place.share, place.unsure,
    CASE WHEN EXISTS (SELECT 1 FROM case_file m WHERE m.merged_into = p_case)
      THEN (SELECT count(*) FROM case_report cr WHERE cr.case_id IN (SELECT case_with_merged(p_case)))
      ELSE (SELECT count(*) FROM case_report cr WHERE cr.case_id = p_case) END,
    (SELECT p.sha256 FROM report_photo p JOIN photo_arrival a ON a.report_id = p.report_id AND a.sha256 = p.sha256
      WHERE p.report_id = opening.id AND p.role <> 'document' ORDER BY p.ordinal LIMIT 1),
    -- Of a code only what tells it from others of its township: its digits stand in every code there.
    lower(concat_ws(E'\\n', regexp_replace(place.code, '^[0-9]{6,12}-', ''), place.name,
      (SELECT concat_ws(E'\\n', z.properties ->> 'shop', z.properties ->> 'address') FROM zone z
        WHERE z.kind = place.kind AND z.code = place.code ORDER BY z.version DESC LIMIT 1),
      opening.note,
      (SELECT string_agg(nullif(concat_ws(E'\\n', l.said ->> 'note', l.said ->> 'reason'), ''), E'\\n' ORDER BY l.seq)
        FROM (SELECT e.seq, CAST(e.body AS json) AS said FROM ledger e
          WHERE e.case_id = p_case AND e.action LIKE 'case.%') l))),
    lower(coalesce((SELECT string_agg(CAST(r.payload AS json) ->> 'note', E'\\n' ORDER BY r.received_at, r.id)
      FROM case_report cr JOIN report r ON r.id = cr.report_id
      WHERE cr.case_id = p_case AND cr.relation = 'attached'), ''))
  ON CONFLICT ON CONSTRAINT case_glance_pkey DO UPDATE
  SET report_id = EXCLUDED.report_id, zone_kind = EXCLUDED.zone_kind, zone_code = EXCLUDED.zone_code,
    zone_name = EXCLUDED.zone_name, zone_verdict = EXCLUDED.zone_verdict, zone_share = EXCLUDED.zone_share,
    unsure = EXCLUDED.unsure, reports = EXCLUDED.reports, photo = EXCLUDED.photo, words = EXCLUDED.words,
    attached_words = EXCLUDED.attached_words;
END $$;

-- All of them afresh, for the cases of before and whenever triggers were off; says how many.
CREATE FUNCTION case_glance_anew() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  RETURN (SELECT count(case_glance_put(c.id)) FROM case_file c);
END $$;
REVOKE ALL ON FUNCTION case_zone_v1(uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION case_glance_put(uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION case_glance_anew() FROM PUBLIC;
""")


def _keeping() -> None:
    run("""
-- A case that goes on in another counts there too.
CREATE FUNCTION report_glanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM case_glance_put(NEW.case_id);
  PERFORM case_glance_put(c.merged_into) FROM case_file c WHERE c.id = NEW.case_id AND c.merged_into IS NOT NULL;
  RETURN NULL;
END $$;
-- A first match and the photos that come with a report find no row yet, and leave it to the report.
CREATE FUNCTION match_glanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM case_glance_put(g.case_id) FROM case_glance g WHERE g.report_id = NEW.report_id;
  RETURN NULL;
END $$;
CREATE FUNCTION photo_glanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM case_glance_put(g.case_id) FROM case_glance g WHERE g.report_id = NEW.report_id;
  RETURN NULL;
END $$;
CREATE FUNCTION complaint_glanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM case_glance_put(NEW.case_id);
  RETURN NULL;
END $$;
CREATE FUNCTION part_glanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM case_glance_put(NEW.id);
  RETURN NULL;
END $$;
CREATE FUNCTION merge_glanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM case_glance_put(c.id) FROM case_file c WHERE c.id IN (OLD.merged_into, NEW.merged_into);
  RETURN NULL;
END $$;
CREATE FUNCTION note_glanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM case_glance_put(NEW.case_id);
  RETURN NULL;
END $$;
""")
    for name, (_, when) in TRIGGERS.items():
        # Whoever sends a report or acts on a case need not be able to write this.
        definer(name, "")
        run(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION {name}()")


def _reading() -> None:
    run(glance.found(glance.SEEN))
    run(glance.actors(glance.SEEN))
    definer("cases_found_v1", "text[]")
    definer("case_actors_v1", "uuid")


def downgrade() -> None:
    for name, (table, _) in TRIGGERS.items():
        run(f"DROP TRIGGER {name} ON {table}")
        run(f"DROP FUNCTION {name}()")
    run("""
DROP FUNCTION case_actors_v1(uuid);
DROP FUNCTION cases_found_v1(text[]);
DROP FUNCTION case_glance_anew();
DROP FUNCTION case_glance_put(uuid);
DROP FUNCTION case_zone_v1(uuid);
DROP INDEX case_file_number_tail;
DROP TABLE case_glance;
DROP FUNCTION text_pairs(text, text);
""")
