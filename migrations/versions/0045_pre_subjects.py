"""Subjects: who answers for a zone, from when to when; what was changed of it by whom, and phones apart from names."""

from migrations.choosing import OF_CASE
from migrations.sql import SERVER_ROLE, WORKER_ROLE, append_only, definer, run, secure

revision = "0045"
down_revision = "0044"

HISTORIES = ("subject_version", "subject_place", "subject_person")
# Once a statement, not once a row. People of the district's body see all, in the office as in the street.
MINE = (
    "((SELECT o.kind FROM organisation o WHERE o.id = current_organisation()) = 'district' "
    "OR township_code = (SELECT o.code FROM organisation o WHERE o.id = current_organisation()))"
)
IN_OFFICE = "current_scope() IN ('district', 'organisation')"
OF_MINE = "EXISTS (SELECT 1 FROM subject s WHERE s.id = subject_id)"
# Telephone numbers are for those who call: never for who stands in the street with a phone of their own.
CALLING = (
    "(SELECT a.role FROM account a WHERE a.id = current_account()) "
    "IN ('acceptor', 'dispatcher', 'handler', 'zone_manager', 'reviewer', 'admin')"
)


def upgrade() -> None:
    run("""
CREATE TABLE subject (
  id uuid CONSTRAINT subject_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  number bigint GENERATED ALWAYS AS IDENTITY,
  code text GENERATED ALWAYS AS ('S-' || lpad(CAST(number AS text), greatest(6, length(CAST(number AS text))), '0')) STORED
    NOT NULL CONSTRAINT subject_code_key UNIQUE,
  township_code text,
  successor_of uuid CONSTRAINT subject_successor_of_fkey REFERENCES subject (id),
  merged_into uuid CONSTRAINT subject_merged_into_fkey REFERENCES subject (id),
  merged_at timestamptz,
  sample boolean NOT NULL,
  created_at timestamptz NOT NULL,
  created_by uuid CONSTRAINT subject_created_by_fkey REFERENCES account (id),
  CONSTRAINT subject_merged_whole CHECK ((merged_into IS NULL) = (merged_at IS NULL) AND merged_into <> id)
);
COMMENT ON TABLE subject IS 'who answers for zones; what is said of it stands in its versions, places and persons';
COMMENT ON COLUMN subject.township_code IS 'the township that keeps it; its places lie there. null: the district keeps it';
COMMENT ON COLUMN subject.successor_of IS 'who had the premises before: another subject, whose doings are not this one''s';
COMMENT ON COLUMN subject.merged_into IS 'it was a second record of that one';
CREATE INDEX subject_of_township ON subject (township_code, code);
CREATE INDEX subject_successors ON subject (successor_of) WHERE successor_of IS NOT NULL;
CREATE INDEX subject_merged ON subject (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE subject_version (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT subject_version_pkey PRIMARY KEY,
  subject_id uuid NOT NULL CONSTRAINT subject_version_subject_id_fkey REFERENCES subject (id),
  valid daterange NOT NULL CONSTRAINT subject_version_valid_begins CHECK (NOT lower_inf(valid)),
  name text NOT NULL CONSTRAINT subject_version_name_length CHECK (length(name) BETWEEN 1 AND 200),
  kind text NOT NULL CONSTRAINT subject_version_kind_known
    CHECK (kind IN ('shop', 'unit', 'market', 'site', 'estate', 'vacant')),
  trade text CONSTRAINT subject_version_trade_form CHECK (trade ~ '^[a-z0-9_]{1,64}$'),
  licence text CONSTRAINT subject_version_licence_length CHECK (length(licence) BETWEEN 1 AND 64),
  recorded_at timestamptz NOT NULL,
  recorded_by uuid CONSTRAINT subject_version_recorded_by_fkey REFERENCES account (id),
  CONSTRAINT subject_version_one_at_a_time EXCLUDE USING gist (subject_id WITH =, valid WITH &&),
  CONSTRAINT subject_licence_one_at_a_time EXCLUDE USING gist (licence WITH =, valid WITH &&)
);
COMMENT ON COLUMN subject_version.valid IS 'empty: taken back, it never held';
COMMENT ON COLUMN subject_version.licence IS 'unified social credit code, or the number of another licence, as it is written';
CREATE INDEX subject_version_of_subject ON subject_version (subject_id, id DESC);

CREATE TABLE subject_place (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT subject_place_pkey PRIMARY KEY,
  subject_id uuid NOT NULL CONSTRAINT subject_place_subject_id_fkey REFERENCES subject (id),
  zone_kind text NOT NULL CONSTRAINT subject_place_zone_kind_known
    CHECK (zone_kind IN ('frontage', 'parking', 'site', 'service_point')),
  zone_code text NOT NULL CONSTRAINT subject_place_zone_code_length CHECK (length(zone_code) BETWEEN 1 AND 64),
  valid daterange NOT NULL CONSTRAINT subject_place_valid_begins CHECK (NOT lower_inf(valid)),
  recorded_at timestamptz NOT NULL,
  recorded_by uuid CONSTRAINT subject_place_recorded_by_fkey REFERENCES account (id),
  CONSTRAINT subject_place_one_at_a_time EXCLUDE USING gist (zone_kind WITH =, zone_code WITH =, valid WITH &&)
);
COMMENT ON COLUMN subject_place.valid IS 'empty: taken back, it never held';
CREATE INDEX subject_place_of_subject ON subject_place (subject_id, id DESC);
CREATE INDEX subject_place_zone ON subject_place (zone_kind, zone_code);

CREATE TABLE subject_person (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT subject_person_pkey PRIMARY KEY,
  subject_id uuid NOT NULL CONSTRAINT subject_person_subject_id_fkey REFERENCES subject (id),
  rank integer NOT NULL CONSTRAINT subject_person_rank_known CHECK (rank IN (1, 2)),
  name text NOT NULL CONSTRAINT subject_person_name_length CHECK (length(name) BETWEEN 1 AND 100),
  capacity text NOT NULL CONSTRAINT subject_person_capacity_length CHECK (length(capacity) <= 100),
  valid daterange NOT NULL CONSTRAINT subject_person_valid_begins CHECK (NOT lower_inf(valid)),
  recorded_at timestamptz NOT NULL,
  recorded_by uuid CONSTRAINT subject_person_recorded_by_fkey REFERENCES account (id),
  CONSTRAINT subject_person_one_at_a_time EXCLUDE USING gist (subject_id WITH =, rank WITH =, valid WITH &&)
);
COMMENT ON COLUMN subject_person.rank IS '1: the occupier; 2: the owner, who answers while premises are vacant';
COMMENT ON COLUMN subject_person.valid IS 'empty: taken back, it never held';
CREATE INDEX subject_person_of_subject ON subject_person (subject_id, id DESC);

CREATE TABLE subject_phone (
  person_id bigint CONSTRAINT subject_phone_pkey PRIMARY KEY
    CONSTRAINT subject_phone_person_id_fkey REFERENCES subject_person (id),
  phone text NOT NULL CONSTRAINT subject_phone_length CHECK (length(phone) BETWEEN 1 AND 40)
);
COMMENT ON TABLE subject_phone IS 'apart from names, so that the database keeps it from officers';

CREATE TABLE subject_change (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT subject_change_pkey PRIMARY KEY,
  subject_id uuid NOT NULL CONSTRAINT subject_change_subject_id_fkey REFERENCES subject (id),
  action text NOT NULL CONSTRAINT subject_change_action_known CHECK (action IN ('registered', 'revised', 'person_named',
    'place_added', 'place_ended', 'succeeded', 'merged', 'imported')),
  reason text NOT NULL CONSTRAINT subject_change_reason_length CHECK (length(reason) BETWEEN 1 AND 500),
  told jsonb NOT NULL,
  at timestamptz NOT NULL,
  by uuid CONSTRAINT subject_change_by_fkey REFERENCES account (id)
);
COMMENT ON COLUMN subject_change.told IS 'what was changed, for whoever sees the subject: no telephone number';
CREATE INDEX subject_change_of_subject ON subject_change (subject_id, id DESC);

CREATE FUNCTION subject_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.id, OLD.number, OLD.township_code, OLD.successor_of, OLD.sample, OLD.created_at, OLD.created_by)
    IS DISTINCT FROM (NEW.id, NEW.number, NEW.township_code, NEW.successor_of, NEW.sample, NEW.created_at, NEW.created_by)
    OR OLD.merged_into IS NOT NULL THEN
    RAISE EXCEPTION 'a subject is only merged' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'subject_keeps';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER subject_keeps BEFORE UPDATE ON subject FOR EACH ROW EXECUTE FUNCTION subject_keeps();

-- What held is never written over: a change ends one row and begins another. An end may come earlier, never later.
CREATE FUNCTION subject_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(OLD) - 'valid' IS DISTINCT FROM to_jsonb(NEW) - 'valid' OR NOT OLD.valid @> NEW.valid
    OR NOT isempty(NEW.valid) AND lower(OLD.valid) IS DISTINCT FROM lower(NEW.valid) THEN
    RAISE EXCEPTION 'what held only ends' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'subject_only_ends';
  END IF;
  RETURN NEW;
END $$;
""")
    for table in HISTORIES:
        run(
            f"CREATE TRIGGER {table}_only_ends BEFORE UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION subject_only_ends()"
        )
    append_only(["subject_change"])
    secure("subject", read=MINE, insert=f"{IN_OFFICE} AND {MINE}", update=f"{IN_OFFICE} AND {MINE}")
    run(f"GRANT UPDATE (merged_into, merged_at) ON subject TO {SERVER_ROLE}")
    for table in HISTORIES:
        secure(table, read=OF_MINE, insert=f"{IN_OFFICE} AND {OF_MINE}", update=f"{IN_OFFICE} AND {OF_MINE}")
        run(f"GRANT UPDATE (valid) ON {table} TO {SERVER_ROLE}")
    secure("subject_change", read=OF_MINE, insert=f"{IN_OFFICE} AND by = current_account() AND {OF_MINE}")
    of_person = "EXISTS (SELECT 1 FROM subject_person p WHERE p.id = person_id)"
    secure("subject_phone", read=f"{CALLING} AND {of_person}", insert=f"{IN_OFFICE} AND {of_person}")
    run(f"""
-- The one record a subject is counted under: itself, or what it was merged into. A new name keeps the record; a new tenant
-- is another subject.
CREATE FUNCTION subject_root_v1(subject uuid) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
  root uuid := subject;
  next uuid;
BEGIN
  LOOP
    SELECT s.merged_into INTO next FROM subject s WHERE s.id = root;
    EXIT WHEN next IS NULL;
    root := next;
  END LOOP;
  RETURN root;
END $$;

-- Who answers for a zone on a day, with the rights of the caller: the subject as it was then, and its occupier; the owner
-- where premises are vacant or no occupier is named.
CREATE FUNCTION subject_at_v1(zone_kind text, zone_code text, on_day date)
RETURNS TABLE (subject_id uuid, code text, name text, kind text, trade text, responsible_rank integer,
  responsible_name text, responsible_capacity text, person_id bigint) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT s.id, s.code, v.name, v.kind, v.trade, p.rank, p.name, p.capacity, p.id
  FROM subject_place l
  JOIN subject s ON s.id = l.subject_id
  JOIN subject_version v ON v.subject_id = s.id AND v.valid @> on_day
  LEFT JOIN LATERAL (
    SELECT r.rank, r.name, r.capacity, r.id FROM subject_person r
    WHERE r.subject_id = s.id AND r.valid @> on_day AND (v.kind <> 'vacant' OR r.rank = 2)
    ORDER BY r.rank LIMIT 1) p ON true
  WHERE l.zone_kind = subject_at_v1.zone_kind AND l.zone_code = subject_at_v1.zone_code AND l.valid @> on_day;
END $$;

-- Who answers for the zone of a case that the asker may see, on the day its first report was taken: a later tenant, or a
-- later name, is not what the report found. One row while the case has a zone, without a subject where none is known.
CREATE FUNCTION case_subject_v1(p_case uuid)
RETURNS TABLE (zone_kind text, zone_code text, zone_name text, zone_verdict text, on_day date, subject_id uuid, code text,
  name text, kind text, trade text, responsible_rank integer, responsible_name text, responsible_capacity text,
  person_id bigint) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT g.zone_kind, g.zone_code, g.zone_name, g.zone_verdict, d.on_day, a.subject_id, a.code, a.name, a.kind, a.trade,
    a.responsible_rank, a.responsible_name, a.responsible_capacity, a.person_id
  FROM case_file c
  JOIN case_glance g ON g.case_id = c.id
  CROSS JOIN LATERAL (SELECT coalesce(
    (SELECT r.judged_on FROM report r WHERE r.id = g.report_id),
    (SELECT k.judged_on FROM complaint k WHERE k.case_id = c.id ORDER BY k.recorded_at, k.id LIMIT 1)) AS on_day) d
  LEFT JOIN LATERAL subject_at_v1(g.zone_kind, g.zone_code, d.on_day) a ON true
  WHERE c.id = p_case AND g.zone_code IS NOT NULL AND {OF_CASE};
END $$;
""")
    definer("subject_root_v1", "uuid")
    definer("case_subject_v1", "uuid")
    run(f"GRANT EXECUTE ON FUNCTION subject_root_v1(uuid) TO {WORKER_ROLE}")


def downgrade() -> None:
    run("""
DROP FUNCTION case_subject_v1(uuid);
DROP FUNCTION subject_at_v1(text, text, date);
DROP FUNCTION subject_root_v1(uuid);
DROP TABLE subject_change;
DROP TABLE subject_phone;
DROP TABLE subject_person;
DROP TABLE subject_place;
DROP TABLE subject_version;
DROP TABLE subject;
DROP FUNCTION subject_only_ends();
DROP FUNCTION subject_keeps();
""")
