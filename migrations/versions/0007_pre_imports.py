"""Imports: files of zones, their dry-run reports, and who applied them."""

from migrations.sql import append_only, definer, run, secure

revision = "0007"
down_revision = "0006"

TABLES = ("zone_import", "zone_import_piece", "zone_import_zone", "zone_import_fault", "zone_import_applied")
KINDS = "'township','community','grid','frontage','parking','site','service_point'"
# A sub-select is asked once a statement; called for each of 100,000 rows the function would cost a second.
MANAGES = "(SELECT may_manage_zones_v1())"


def upgrade() -> None:
    run(f"""
CREATE TABLE zone_import (
  id uuid CONSTRAINT zone_import_pkey PRIMARY KEY,
  kind text NOT NULL CONSTRAINT zone_import_kind_known CHECK (kind IN ({KINDS})),
  file_name text NOT NULL CONSTRAINT zone_import_file_name_length CHECK (length(file_name) BETWEEN 1 AND 255),
  sha256 text NOT NULL CONSTRAINT zone_import_sha256_form CHECK (sha256 ~ '^[0-9a-f]{{64}}$'),
  size_bytes bigint NOT NULL,
  options jsonb NOT NULL,
  summary json NOT NULL,
  made_by uuid CONSTRAINT zone_import_made_by_fkey REFERENCES account (id),
  made_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX zone_import_made_by ON zone_import (made_by);
COMMENT ON COLUMN zone_import.made_by IS 'null: an operator at the command line';

CREATE TABLE zone_import_piece (
  import_id uuid NOT NULL CONSTRAINT zone_import_piece_import_id_fkey REFERENCES zone_import (id),
  ordinal integer NOT NULL,
  bytes bytea NOT NULL,
  CONSTRAINT zone_import_piece_pkey PRIMARY KEY (import_id, ordinal)
);

CREATE TABLE zone_import_zone (
  import_id uuid NOT NULL CONSTRAINT zone_import_zone_import_id_fkey REFERENCES zone_import (id),
  number integer NOT NULL,
  code text,
  name text NOT NULL,
  township_code text,
  properties jsonb NOT NULL,
  wkb text,
  repaired_wkb text,
  repaired_township text,
  refused boolean NOT NULL,
  same_as bigint,
  CONSTRAINT zone_import_zone_pkey PRIMARY KEY (import_id, number)
);
COMMENT ON COLUMN zone_import_zone.wkb IS 'as told, in WGS-84, hexadecimal; text because it may be no valid geometry';
COMMENT ON COLUMN zone_import_zone.same_as IS 'id of the version in force that had the same shape when the file was read';

CREATE TABLE zone_import_fault (
  import_id uuid NOT NULL CONSTRAINT zone_import_fault_import_id_fkey REFERENCES zone_import (id),
  number integer NOT NULL,
  code text NOT NULL CONSTRAINT zone_import_fault_code_form CHECK (code ~ '^[a-z_]+$'),
  severity text NOT NULL CONSTRAINT zone_import_fault_severity_known CHECK (severity IN ('error', 'warning', 'note')),
  feature integer,
  zone_code text,
  params jsonb NOT NULL,
  geometry json,
  CONSTRAINT zone_import_fault_pkey PRIMARY KEY (import_id, number)
);

CREATE TABLE zone_import_applied (
  import_id uuid CONSTRAINT zone_import_applied_pkey PRIMARY KEY
    CONSTRAINT zone_import_applied_import_id_fkey REFERENCES zone_import (id),
  valid_from date NOT NULL,
  decisions jsonb NOT NULL,
  counts jsonb NOT NULL,
  applied_by uuid CONSTRAINT zone_import_applied_applied_by_fkey REFERENCES account (id),
  applied_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX zone_import_applied_applied_by ON zone_import_applied (applied_by);
""")
    run("""
-- Whether whoever asks may put zones in place: admins and zone managers of the district, and the owner at the command
-- line. The layer is the district's: a border has two sides.
CREATE FUNCTION may_manage_zones_v1() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF current_account() IS NULL THEN
    RETURN session_user NOT IN ('frontage_app', 'frontage_worker');
  END IF;
  RETURN EXISTS (
    SELECT 1 FROM account a JOIN organisation o ON o.id = a.organisation_id
    WHERE a.id = current_account() AND a.role IN ('admin', 'zone_manager') AND o.kind = 'district'
      AND a.disabled_at IS NULL);
END $$;
""")
    definer("may_manage_zones_v1", "")
    append_only(TABLES)
    for table in TABLES:
        secure(table, read=MANAGES, insert=MANAGES)
    _step()


def _step() -> None:
    run("""
-- One version step of a layer from an import: what it would do, and with p_write that it is done.
--   p_accept: codes whose repair is taken; p_accept_all: of every zone. p_gone: close | keep what is not in the file.
--   p_near_m: reports that near a zone may have been matched to it. p_early: take dates before today although reports were judged by the zones that change (they are re-matched then).
-- Answers fates with counts and the first codes: new, changed, unchanged, gone; and, when nothing may be written:
-- faulty (refused zones without an accepted repair), before_version (a version in force begins no earlier),
-- reported (reports of that day or later were judged by zones that change).
CREATE FUNCTION zone_import_step_v1(p_import uuid, p_valid_from date, p_today date, p_accept text[],
  p_accept_all boolean, p_gone text, p_early boolean, p_near_m double precision, p_source text, p_write boolean)
RETURNS TABLE (fate text, zones bigint, codes text[]) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  layer text;
  merged boolean;
  made_up boolean;
BEGIN
  IF NOT may_manage_zones_v1() THEN
    RAISE EXCEPTION 'zones are the district''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT i.kind, coalesce(i.options ->> 'properties', 'merge') = 'merge', coalesce(CAST(i.options ->> 'sample' AS boolean), false)
  INTO STRICT layer, merged, made_up FROM zone_import i WHERE i.id = p_import;
  IF p_write THEN
    -- Readers go on; whoever else changes zones waits until this step is whole.
    LOCK TABLE zone IN SHARE ROW EXCLUSIVE MODE;
  END IF;
  CREATE TEMP TABLE zone_step ON COMMIT DROP AS
  WITH coming AS (
    SELECT c.number, c.code, c.name, c.properties, c.same_as, taken,
      CASE WHEN taken THEN coalesce(c.repaired_township, c.township_code) ELSE c.township_code END AS township_code,
      CASE WHEN taken THEN coalesce(c.repaired_wkb, c.wkb) ELSE c.wkb END AS wkb,
      c.code IS NULL OR (c.refused AND NOT (taken AND c.repaired_wkb IS NOT NULL)) AS refused,
      c.repaired_wkb IS NOT NULL AND taken AS redrawn
    FROM (SELECT z.*, p_accept_all OR z.code = ANY (p_accept) AS taken FROM zone_import_zone z WHERE z.import_id = p_import) c
  ),
  last AS (
    -- A version that was withdrawn before it began has no day, yet its number is taken.
    SELECT DISTINCT ON (z.code) z.id, z.code, max(z.version) OVER (PARTITION BY z.code) AS version, z.name,
      z.township_code, z.valid, z.properties, z.geom
    FROM zone z WHERE z.kind = layer ORDER BY z.code, isempty(z.valid), z.version DESC
  )
  SELECT c.number, coalesce(c.code, l.code) AS code, l.id AS last_id, coalesce(l.version, 0) + 1 AS version, c.name,
    c.township_code, c.wkb, CASE WHEN merged AND l.id IS NOT NULL THEN l.properties || c.properties ELSE c.properties END
      AS properties,
    CASE
      WHEN c.number IS NULL THEN CASE WHEN lower(l.valid) < p_valid_from THEN 'gone' ELSE 'gone_early' END
      WHEN c.refused THEN 'faulty'
      WHEN l.id IS NULL OR isempty(l.valid) THEN 'new'
      WHEN upper_inf(l.valid) AND l.name = c.name AND l.township_code IS NOT DISTINCT FROM c.township_code
        AND (CASE WHEN merged THEN l.properties || c.properties ELSE c.properties END) = l.properties
        AND ((c.same_as = l.id AND NOT c.redrawn)
          OR ST_OrderingEquals(l.geom, ST_SetSRID(ST_GeomFromWKB(decode(c.wkb, 'hex')), 4326))) THEN 'unchanged'
      WHEN NOT isempty(l.valid) AND (p_valid_from <= lower(l.valid) OR p_valid_from < upper(l.valid)) THEN 'before_version'
      ELSE 'changed' END AS fate
  FROM coming c
  FULL JOIN last l ON l.code = c.code
  WHERE c.number IS NOT NULL OR upper_inf(l.valid);
  IF p_gone = 'close' THEN
    UPDATE zone_step s SET fate = 'before_version' WHERE s.fate = 'gone_early';
  ELSE
    UPDATE zone_step s SET fate = 'gone' WHERE s.fate = 'gone_early';
  END IF;
  IF p_valid_from <= p_today AND NOT p_early THEN
    -- Near enough that the zone may have been a candidate then, or may be one now.
    UPDATE zone_step s SET fate = 'reported'
    FROM (
      SELECT t.number, t.code, to_metric(coalesce(ST_SetSRID(ST_GeomFromWKB(decode(t.wkb, 'hex')), 4326), l.geom)) AS here,
        to_metric(l.geom) AS before
      FROM zone_step t LEFT JOIN zone l ON l.id = t.last_id
      WHERE t.fate IN ('new', 'changed') OR (t.fate = 'gone' AND p_gone = 'close')) g
    WHERE g.number IS NOT DISTINCT FROM s.number AND g.code = s.code AND EXISTS (
      SELECT 1 FROM report r
      WHERE r.judged_on >= p_valid_from
        AND (r.place && ST_Transform(ST_Expand(g.here, p_near_m), 4326)
          OR (g.before IS NOT NULL AND r.place && ST_Transform(ST_Expand(g.before, p_near_m), 4326))));
  END IF;
  RETURN QUERY SELECT s.fate, count(*), (array_agg(s.code ORDER BY s.code))[1:50] FROM zone_step s GROUP BY s.fate;
  IF p_write AND NOT EXISTS (SELECT 1 FROM zone_step s WHERE s.fate IN ('faulty', 'before_version', 'reported')) THEN
    UPDATE zone z SET valid = daterange(lower(z.valid), p_valid_from) FROM zone_step s
    WHERE z.id = s.last_id AND upper_inf(z.valid) AND (s.fate = 'changed' OR (s.fate = 'gone' AND p_gone = 'close'));
    -- Along a curve, so that neighbours lie on the same pages.
    INSERT INTO zone (kind, code, version, name, township_code, valid, geom, properties, source, sample)
    SELECT layer, g.code, g.version, g.name, g.township_code, daterange(p_valid_from, NULL), g.geom, g.properties,
      p_source, made_up
    FROM (SELECT s.*, ST_SetSRID(ST_GeomFromWKB(decode(s.wkb, 'hex')), 4326) AS geom FROM zone_step s
      WHERE s.fate IN ('new', 'changed')) g
    ORDER BY g.geom;
  END IF;
  DROP TABLE zone_step;
END $$;
""")
    definer(
        "zone_import_step_v1",
        "uuid, date, date, text[], boolean, text, boolean, double precision, text, boolean",
    )


def downgrade() -> None:
    run(
        "DROP FUNCTION zone_import_step_v1(uuid, date, date, text[], boolean, text, boolean, double precision, text, boolean)"
    )
    for table in reversed(TABLES):
        run(f"DROP TABLE {table}")
    run("DROP FUNCTION may_manage_zones_v1()")
