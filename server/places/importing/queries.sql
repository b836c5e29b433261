-- fetch_townships --
-- Outlines and names of the townships on a day, for a reader that has no database.
SELECT z.code, z.name, encode(ST_AsBinary(z.geom), 'hex') AS wkb
FROM zone z
WHERE z.kind = 'township' AND z.valid @> CAST(:on_day AS date)
ORDER BY z.code

-- fetch_layer --
-- The zones of one kind in force and not closed: what a file of that kind is compared with.
SELECT z.id, z.code, encode(ST_AsBinary(z.geom), 'hex') AS wkb
FROM zone z
WHERE z.kind = CAST(:kind AS text) AND upper_inf(z.valid)
ORDER BY z.code

-- insert_import --
-- One file that was read, with how it was read and what was found in sum.
INSERT INTO zone_import (id, kind, file_name, sha256, size_bytes, options, summary, made_by)
VALUES (CAST(:id AS uuid), CAST(:kind AS text), CAST(:file_name AS text), CAST(:sha256 AS text),
  CAST(:size_bytes AS bigint), CAST(:options AS jsonb), CAST(:summary AS json), current_account())

-- make_read --
-- Rows on their way in: COPY does not take a table with row-level security.
CREATE TEMP TABLE zone_read (
  number integer, code text, name text, township_code text, properties jsonb, wkb text, repaired_wkb text,
  repaired_township text, refused boolean, same_as bigint
) ON COMMIT DROP

-- copy_read --
-- The zones of a file, as the reading process wrote them.
COPY zone_read FROM STDIN

-- insert_read --
-- The zones of a file, kept beside it.
INSERT INTO zone_import_zone (import_id, number, code, name, township_code, properties, wkb, repaired_wkb,
  repaired_township, refused, same_as)
SELECT CAST(:id AS uuid), r.number, r.code, r.name, r.township_code, r.properties, r.wkb, r.repaired_wkb,
  r.repaired_township, r.refused, r.same_as
FROM zone_read r
ORDER BY r.number

-- drop_read --
-- So that one transaction may read two files.
DROP TABLE zone_read

-- import_step --
-- What a version step of an import does or would do, by fate; see zone_import_step_v1.
SELECT fate, zones, codes
FROM zone_import_step_v1(CAST(:id AS uuid), CAST(:valid_from AS date), CAST(:today AS date), CAST(:accept AS text[]),
  CAST(:accept_all AS boolean), CAST(:gone AS text), CAST(:rematch AS boolean), CAST(:near_m AS double precision),
  CAST(:source AS text), CAST(:write AS boolean))

-- insert_applied --
-- That an import was applied, by whom and with which decisions; a second time breaks the primary key.
INSERT INTO zone_import_applied (import_id, valid_from, decisions, counts, applied_by)
VALUES (CAST(:id AS uuid), CAST(:valid_from AS date), CAST(:decisions AS jsonb), CAST(:counts AS jsonb), current_account())

-- fetch_import --
-- One import with the sum of its report and whether it was applied.
SELECT i.id, i.kind, i.file_name, i.sha256, i.size_bytes, i.options, i.summary, i.made_at, a.display_name AS made_by,
  d.valid_from, d.decisions, d.counts AS applied_counts, d.applied_at
FROM zone_import i
LEFT JOIN zone_senders_v1() a ON a.account_id = i.made_by
LEFT JOIN zone_import_applied d ON d.import_id = i.id
WHERE i.id = CAST(:id AS uuid)

-- fetch_faults --
-- A page of the faults of an import, with the shape each zone would have when its repair is accepted.
SELECT f.number, f.code, f.severity, f.feature, f.zone_code, f.params, f.geometry,
  CASE WHEN z.repaired_wkb IS NOT NULL THEN CAST(ST_AsGeoJSON(ST_GeomFromWKB(decode(z.repaired_wkb, 'hex')), 9) AS json) END
    AS repair_geometry,
  z.repaired_township AS repair_township
FROM zone_import_fault f
LEFT JOIN zone_import_zone z ON z.import_id = f.import_id AND z.number = f.feature
WHERE f.import_id = CAST(:id AS uuid) AND f.number > CAST(:after AS integer)
  AND (CAST(:code AS text) IS NULL OR f.code = CAST(:code AS text))
  AND (CAST(:severity AS text) IS NULL OR f.severity = CAST(:severity AS text))
ORDER BY f.number
LIMIT CAST(:rows AS integer)

-- fetch_fault --
-- One fault with its zone as the file told it and as its repair would have it.
SELECT f.number, f.code, f.severity, f.feature, f.zone_code, f.params, f.geometry, z.wkb, z.repaired_wkb,
  CASE WHEN z.repaired_wkb IS NOT NULL THEN CAST(ST_AsGeoJSON(ST_GeomFromWKB(decode(z.repaired_wkb, 'hex')), 9) AS json) END
    AS repair_geometry,
  z.repaired_township AS repair_township, i.kind
FROM zone_import_fault f
JOIN zone_import i ON i.id = f.import_id
LEFT JOIN zone_import_zone z ON z.import_id = f.import_id AND z.number = f.feature
WHERE f.import_id = CAST(:id AS uuid) AND f.number = CAST(:number AS integer)

-- list_around --
-- Zones that meet a rectangle: of the file, and those in force that the file does not tell of. A shape that was refused
-- may be none, and is not looked at.
WITH box AS (
  SELECT ST_MakeEnvelope(CAST(:west AS double precision), CAST(:south AS double precision), CAST(:east AS double precision),
    CAST(:north AS double precision), 4326) AS here
),
told AS (
  SELECT z.code, z.name, false AS in_force, CASE WHEN NOT z.refused AND z.wkb IS NOT NULL
    THEN ST_SetSRID(ST_GeomFromWKB(decode(z.wkb, 'hex')), 4326) END AS geom
  FROM zone_import_zone z
  WHERE z.import_id = CAST(:id AS uuid) AND z.number <> CAST(:but AS integer)
)
SELECT a.code, a.name, a.in_force, CAST(ST_AsGeoJSON(a.geom, 9) AS json) AS geometry
FROM (
  SELECT t.code, t.name, t.in_force, t.geom FROM told t, box b WHERE t.geom && b.here
  UNION ALL
  SELECT z.code, z.name, true, z.geom FROM zone z, box b
  WHERE z.kind = CAST(:kind AS text) AND upper_inf(z.valid) AND z.geom && b.here
    AND NOT EXISTS (SELECT 1 FROM zone_import_zone o WHERE o.import_id = CAST(:id AS uuid) AND o.code = z.code)) a, box b
ORDER BY ST_Distance(a.geom, ST_Centroid(b.here)), a.code
LIMIT CAST(:rows AS integer)

-- list_fates --
-- What becomes of zones by a version step, those of one fate, with their shapes in force and to come. Shapes of many
-- corners are compared corner by corner in their order, others to a millimetre wherever they begin.
SELECT p.code, p.number, p.name, p.township_code, p.name_before, p.township_before,
  CAST(ST_AsGeoJSON(p.geom, 9) AS json) AS geometry, CAST(ST_AsGeoJSON(p.geom_before, 9) AS json) AS geometry_before,
  CASE
    WHEN ST_NPoints(p.geom) <> ST_NPoints(p.geom_before) THEN true
    WHEN ST_NPoints(p.geom) > 500 THEN NOT ST_OrderingEquals(p.geom, p.geom_before)
    ELSE ST_HausdorffDistance(p.geom, p.geom_before) > 2e-8 END AS reshaped
FROM (
  SELECT f.code, f.number, f.name, f.township_code, l.name AS name_before, l.township_code AS township_before,
    CASE WHEN f.fate IN ('new', 'changed', 'unchanged', 'before_version') AND f.wkb IS NOT NULL
      THEN ST_SetSRID(ST_GeomFromWKB(decode(f.wkb, 'hex')), 4326) END AS geom,
    CASE WHEN upper_inf(l.valid) THEN l.geom END AS geom_before
  FROM zone_import_fates_v1(CAST(:id AS uuid), CAST(:valid_from AS date), CAST(:accept AS text[]),
    CAST(:accept_all AS boolean), CAST(:gone AS text)) f
  LEFT JOIN zone l ON l.id = f.last_id
  WHERE f.fate = CAST(:fate AS text)
    AND (coalesce(f.code, ''), coalesce(f.number, 0)) > (CAST(:after_code AS text), CAST(:after_number AS integer))
  ORDER BY coalesce(f.code, ''), coalesce(f.number, 0)
  LIMIT CAST(:rows AS integer)) p
ORDER BY coalesce(p.code, ''), coalesce(p.number, 0)

-- codes_with_repairs --
-- Zones of an import with a repair, but for some.
SELECT z.code FROM zone_import_zone z
WHERE z.import_id = CAST(:id AS uuid) AND z.code IS NOT NULL
  AND (z.repaired_wkb IS NOT NULL OR z.repaired_township IS NOT NULL) AND NOT z.code = ANY (CAST(:but AS text[]))

-- fetch_file --
-- The bytes of an uploaded file, piece by piece.
SELECT p.bytes FROM zone_import_piece p WHERE p.import_id = CAST(:id AS uuid) ORDER BY p.ordinal

-- list_imports --
-- Imports newest first, those being read or that failed among them, of a kind or a state where one is named.
SELECT l.id, l.kind, l.state, l.file_name, l.size_bytes, l.made_at, a.display_name AS made_by, l.summary, l.phase, l.done,
  l.total, l.problem, l.valid_from, l.applied_at
FROM (
  SELECT r.id, r.kind, r.state, r.files -> 0 ->> 'name' AS file_name, CAST(r.files -> 0 ->> 'size_bytes' AS bigint) AS size_bytes,
    r.asked_at AS made_at, r.account_id AS made_by, CAST(NULL AS json) AS summary, r.phase, r.done, r.total, r.problem,
    CAST(NULL AS date) AS valid_from, CAST(NULL AS timestamptz) AS applied_at
  FROM zone_run r WHERE r.task = 'import' AND r.state <> 'reported'
  UNION ALL
  SELECT i.id, i.kind, CASE WHEN d.import_id IS NULL THEN 'reported' ELSE 'applied' END, i.file_name, i.size_bytes, i.made_at,
    i.made_by, i.summary, NULL, NULL, NULL, NULL, d.valid_from, d.applied_at
  FROM zone_import i LEFT JOIN zone_import_applied d ON d.import_id = i.id) l
LEFT JOIN zone_senders_v1() a ON a.account_id = l.made_by
WHERE (CAST(:kind AS text) IS NULL OR l.kind = CAST(:kind AS text))
  AND (CAST(:state AS text) IS NULL OR l.state = CAST(:state AS text))
  AND (CAST(:made_by AS text) IS NULL OR a.username = CAST(:made_by AS text))
  AND (CAST(:before_at AS timestamptz) IS NULL
    OR (l.made_at, l.id) < (CAST(:before_at AS timestamptz), CAST(:before_id AS uuid)))
ORDER BY l.made_at DESC, l.id DESC
LIMIT CAST(:rows AS integer)

-- lock_imported_layer --
-- Whoever edits this layer looks at its neighbours first: until this step is whole they wait, and it waits for them.
SELECT zone_layer_lock_v1(CAST(:kind AS text))
