"""Importing by hand: what a version step would do zone by zone, for the map beside the counts."""

from importlib import import_module

from migrations.sql import definer, run

revision = "0042"
down_revision = "0041"

FATES = "uuid, date, text[], boolean, text"
STEP = "uuid, date, date, text[], boolean, text, boolean, double precision, text, boolean"


def upgrade() -> None:
    run("""
-- What becomes of each zone of an import, and of each in force that is not in the file: new, changed, unchanged, gone;
-- faulty (refused without an accepted repair), before_version (the version in force begins no earlier).
--   p_accept: codes whose repair is taken; p_accept_all: of every zone. p_gone: close | keep what is not in the file.
CREATE FUNCTION zone_import_fates_v1(p_import uuid, p_valid_from date, p_accept text[], p_accept_all boolean, p_gone text)
RETURNS TABLE (number integer, code text, last_id bigint, version integer, name text, township_code text, wkb text,
  properties jsonb, fate text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  layer text;
  merged boolean;
BEGIN
  IF NOT may_manage_zones_v1() THEN
    RAISE EXCEPTION 'zones are the district''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT i.kind, coalesce(i.options ->> 'properties', 'merge') = 'merge'
  INTO STRICT layer, merged FROM zone_import i WHERE i.id = p_import;
  RETURN QUERY
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
  SELECT c.number, coalesce(c.code, l.code), l.id, coalesce(l.version, 0) + 1, c.name, c.township_code, c.wkb,
    CASE WHEN merged AND l.id IS NOT NULL THEN l.properties || c.properties ELSE c.properties END,
    CASE
      WHEN c.number IS NULL THEN
        CASE WHEN lower(l.valid) < p_valid_from OR p_gone <> 'close' THEN 'gone' ELSE 'before_version' END
      WHEN c.refused THEN 'faulty'
      WHEN l.id IS NULL OR isempty(l.valid) THEN 'new'
      WHEN upper_inf(l.valid) AND l.name = c.name AND l.township_code IS NOT DISTINCT FROM c.township_code
        AND (CASE WHEN merged THEN l.properties || c.properties ELSE c.properties END) = l.properties
        AND ((c.same_as = l.id AND NOT c.redrawn)
          OR ST_OrderingEquals(l.geom, ST_SetSRID(ST_GeomFromWKB(decode(c.wkb, 'hex')), 4326))) THEN 'unchanged'
      WHEN NOT isempty(l.valid) AND (p_valid_from <= lower(l.valid) OR p_valid_from < upper(l.valid)) THEN 'before_version'
      ELSE 'changed' END
  FROM coming c
  FULL JOIN last l ON l.code = c.code
  WHERE c.number IS NOT NULL OR upper_inf(l.valid);
END $$;
""")
    definer("zone_import_fates_v1", FATES)
    run("""
-- One version step of a layer from an import: what it would do, and with p_write that it is done.
--   p_near_m: reports that near a zone may have been matched to it. p_early: take dates before today although reports
--   were judged by the zones that change (they are re-matched then). The rest as of zone_import_fates_v1.
-- Answers fates with counts and the first codes; besides, reported: reports of that day or later were judged by zones
-- that change. Nothing is written while there is one of faulty, before_version and reported.
CREATE OR REPLACE FUNCTION zone_import_step_v1(p_import uuid, p_valid_from date, p_today date, p_accept text[],
  p_accept_all boolean, p_gone text, p_early boolean, p_near_m double precision, p_source text, p_write boolean)
RETURNS TABLE (fate text, zones bigint, codes text[]) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  layer text;
  made_up boolean;
BEGIN
  IF NOT may_manage_zones_v1() THEN
    RAISE EXCEPTION 'zones are the district''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  SELECT i.kind, coalesce(CAST(i.options ->> 'sample' AS boolean), false)
  INTO STRICT layer, made_up FROM zone_import i WHERE i.id = p_import;
  IF p_write THEN
    -- Readers go on; whoever else changes zones waits until this step is whole.
    LOCK TABLE zone IN SHARE ROW EXCLUSIVE MODE;
  END IF;
  CREATE TEMP TABLE zone_step ON COMMIT DROP AS
  SELECT f.number, f.code, f.last_id, f.version, f.name, f.township_code, f.wkb, f.properties, f.fate
  FROM zone_import_fates_v1(p_import, p_valid_from, p_accept, p_accept_all, p_gone) f;
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
    # Replaced, it would act with the rights of whoever calls it.
    definer("zone_import_step_v1", STEP)


def downgrade() -> None:
    run(f"DROP FUNCTION zone_import_step_v1({STEP})")
    run(f"DROP FUNCTION zone_import_fates_v1({FATES})")
    # The step as it was before, with these rules inside it.
    import_module("migrations.versions.0007_pre_imports")._step()
