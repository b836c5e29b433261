"""Court: penalties of before, reconsiderations, lawsuits and applications, what happened in each, and its statutory clocks."""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, append_only, definer, run, secure

revision = "0051"
down_revision = "0050"

DISTRICT = "current_scope() = 'district'"
OF_MATTER = "EXISTS (SELECT 1 FROM legal_matter m WHERE m.id = matter_id)"
TICK = "date, timestamptz, text"


def upgrade() -> None:
    run("""
CREATE TABLE legal_matter (
  id uuid CONSTRAINT legal_matter_pkey PRIMARY KEY,
  kind text NOT NULL CONSTRAINT legal_matter_kind_known
    CHECK (kind IN ('penalty', 'reconsideration', 'lawsuit', 'court_enforcement')),
  reference text NOT NULL CONSTRAINT legal_matter_reference_length CHECK (length(reference) BETWEEN 1 AND 100),
  case_id uuid CONSTRAINT legal_matter_case_id_fkey REFERENCES case_file (id),
  organisation_id uuid NOT NULL CONSTRAINT legal_matter_organisation_id_fkey REFERENCES organisation (id),
  source text NOT NULL CONSTRAINT legal_matter_source_length CHECK (length(source) <= 500),
  digest text NOT NULL CONSTRAINT legal_matter_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  created_at timestamptz NOT NULL,
  created_by uuid NOT NULL CONSTRAINT legal_matter_created_by_fkey REFERENCES account (id),
  CONSTRAINT legal_matter_reference_key UNIQUE (kind, reference)
);
COMMENT ON COLUMN legal_matter.reference IS 'number it has at the court or authority, or in the file it was imported from';
COMMENT ON COLUMN legal_matter.source IS 'where an imported one comes from; empty for one that was begun here';
CREATE INDEX legal_matter_newest ON legal_matter (created_at DESC, id DESC);
CREATE INDEX legal_matter_of_case ON legal_matter (case_id) WHERE case_id IS NOT NULL;

CREATE TABLE legal_entry (
  id uuid CONSTRAINT legal_entry_pkey PRIMARY KEY,
  matter_id uuid NOT NULL CONSTRAINT legal_entry_matter_id_fkey REFERENCES legal_matter (id),
  seq integer NOT NULL CONSTRAINT legal_entry_seq_positive CHECK (seq > 0),
  kind text NOT NULL CONSTRAINT legal_entry_kind_known
    CHECK (kind IN ('served', 'urged', 'filed', 'accepted', 'refused', 'answered', 'hearing', 'document', 'ended')),
  on_day date NOT NULL,
  outcome text CONSTRAINT legal_entry_outcome_known
    CHECK (outcome IN ('upheld', 'lost', 'withdrawn', 'settled', 'granted', 'denied')),
  document text,
  attachment text,
  note text NOT NULL CONSTRAINT legal_entry_note_length CHECK (length(note) <= 2000),
  digest text NOT NULL CONSTRAINT legal_entry_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  recorded_at timestamptz NOT NULL,
  recorded_by uuid NOT NULL CONSTRAINT legal_entry_recorded_by_fkey REFERENCES account (id),
  CONSTRAINT legal_entry_seq_key UNIQUE (matter_id, seq),
  CONSTRAINT legal_entry_document_named CHECK ((kind = 'document') = (document IS NOT NULL))
);
COMMENT ON COLUMN legal_entry.document IS 'code of the list of documents of statutory_clocks, or what it is';
COMMENT ON COLUMN legal_entry.attachment IS 'SHA-256 of the file';

CREATE TABLE legal_clock (
  matter_id uuid NOT NULL CONSTRAINT legal_clock_matter_id_fkey REFERENCES legal_matter (id),
  code text NOT NULL,
  rulebook_id bigint NOT NULL CONSTRAINT legal_clock_rulebook_id_fkey REFERENCES rulebook (id),
  entry_id uuid NOT NULL CONSTRAINT legal_clock_entry_id_fkey REFERENCES legal_entry (id),
  ends text[] NOT NULL,
  due_on date NOT NULL,
  warn_on date NOT NULL CONSTRAINT legal_clock_warned_before CHECK (warn_on <= due_on),
  CONSTRAINT legal_clock_pkey PRIMARY KEY (matter_id, code)
);
COMMENT ON TABLE legal_clock IS 'one term of a statute that an entry began; an entry of a kind in ends stops it';
COMMENT ON COLUMN legal_clock.due_on IS 'last day, in the calendar of the district';
CREATE INDEX legal_clock_warn_on ON legal_clock (warn_on);

CREATE TABLE legal_warning (
  matter_id uuid NOT NULL,
  code text NOT NULL,
  mark text NOT NULL CONSTRAINT legal_warning_mark_known CHECK (mark IN ('soon', 'overdue')),
  told_at timestamptz NOT NULL,
  CONSTRAINT legal_warning_pkey PRIMARY KEY (matter_id, code, mark),
  CONSTRAINT legal_warning_clock_fkey FOREIGN KEY (matter_id, code) REFERENCES legal_clock (matter_id, code)
);

-- What happened when: after the end only documents come; the end alone has an outcome, and one of its kind of matter.
CREATE FUNCTION legal_entry_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  of_kind text;
BEGIN
  SELECT m.kind INTO of_kind FROM legal_matter m WHERE m.id = NEW.matter_id;
  IF (NEW.kind = 'ended' AND of_kind <> 'penalty') <> (NEW.outcome IS NOT NULL)
    OR (NEW.outcome IN ('granted', 'denied') AND of_kind <> 'court_enforcement')
    OR (NEW.outcome IN ('upheld', 'lost', 'settled') AND of_kind = 'court_enforcement') THEN
    RAISE EXCEPTION 'outcome % of % %', NEW.outcome, of_kind, NEW.kind USING ERRCODE = 'check_violation',
      CONSTRAINT = 'legal_entry_outcome_fits';
  ELSIF NEW.kind <> 'document'
    AND EXISTS (SELECT 1 FROM legal_entry e WHERE e.matter_id = NEW.matter_id AND e.kind = 'ended') THEN
    RAISE EXCEPTION 'the matter has ended' USING ERRCODE = 'check_violation', CONSTRAINT = 'legal_entry_after_end';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER legal_entry_fits BEFORE INSERT ON legal_entry FOR EACH ROW EXECUTE FUNCTION legal_entry_fits();

-- Clocks that no entry stopped, with the day each warning is due.
CREATE VIEW legal_clock_running WITH (security_invoker = true) AS
SELECT k.matter_id, k.code, k.due_on, k.warn_on
FROM legal_clock k
WHERE NOT EXISTS (SELECT 1 FROM legal_entry e WHERE e.matter_id = k.matter_id AND e.kind = ANY (k.ends)
  AND e.seq > (SELECT b.seq FROM legal_entry b WHERE b.id = k.entry_id));

-- Tell of terms that end soon or have ended; returns how many. Its row is what makes a warning one, whoever else ticks.
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
""")
    append_only(["legal_matter", "legal_entry", "legal_clock", "legal_warning"])
    secure("legal_matter", read="may_see(organisation_id, NULL)", insert=DISTRICT)
    for table in ("legal_entry", "legal_clock"):
        secure(table, read=OF_MATTER, insert=DISTRICT)
    secure("legal_warning", read=OF_MATTER)
    definer("legal_tick_v1", TICK)
    run(f"""
GRANT SELECT ON legal_clock_running TO {SERVER_ROLE};
ALTER FUNCTION legal_tick_v1({TICK}) SET frontage.scope = 'district';
REVOKE EXECUTE ON FUNCTION legal_tick_v1({TICK}) FROM {SERVER_ROLE};
GRANT EXECUTE ON FUNCTION legal_tick_v1({TICK}) TO {WORKER_ROLE};
""")


def downgrade() -> None:
    run(f"""
DROP FUNCTION legal_tick_v1({TICK});
DROP VIEW legal_clock_running;
DROP TABLE legal_warning, legal_clock, legal_entry, legal_matter;
DROP FUNCTION legal_entry_fits();
""")
