-- fetch_zone --
-- One zone as it is on a day.
SELECT z.id, z.kind, z.code, z.version, z.name, z.township_code, lower(z.valid) AS valid_from, upper(z.valid) AS valid_to,
  z.properties, z.source, z.sample, ST_AsGeoJSON(z.geom, 15) AS geometry
FROM zone z
WHERE z.kind = CAST(:kind AS text) AND z.code = CAST(:code AS text) AND z.valid @> CAST(:on AS date)

-- list_zone_versions --
-- The history of one code, newest first, each version with the edit that made it where the asker may see it.
SELECT z.kind, z.code, z.version, z.name, z.township_code, lower(z.valid) AS valid_from, upper(z.valid) AS valid_to,
  isempty(z.valid) AS withdrawn, z.properties, z.source, z.sample, z.created_at, ST_AsGeoJSON(z.geom, 15) AS geometry,
  e.id AS edit_id, e.action, e.note, e.account_name, e.made_at
FROM zone z
LEFT JOIN LATERAL (
  SELECT d.id, d.action, d.note, d.account_name, d.made_at
  FROM zone_edit_zone p JOIN zone_edit d ON d.id = p.edit_id
  WHERE p.zone_id = z.id AND p.part = 'after') e ON true
WHERE z.kind = CAST(:kind AS text) AND z.code = CAST(:code AS text)
  AND (CAST(:before AS integer) IS NULL OR z.version < CAST(:before AS integer))
ORDER BY z.version DESC
LIMIT CAST(:rows AS integer)

-- list_zone_changes --
-- What differs between two days, in order of codes: only codes with a version that holds on one day and not on the
-- other are looked at, and of those only the ones whose content differs (a change that was undone is none).
WITH touched AS (
  SELECT DISTINCT z.code FROM zone z
  WHERE z.kind = CAST(:kind AS text) AND z.code > CAST(:after AS text)
    AND (z.valid @> CAST(:from AS date)) <> (z.valid @> CAST(:to AS date))
)
SELECT t.code,
  b.version AS before_version, b.name AS before_name, b.township_code AS before_township, b.properties AS before_properties,
  lower(b.valid) AS before_from, upper(b.valid) AS before_to, b.source AS before_source, b.sample AS before_sample,
  ST_AsGeoJSON(b.geom, 15) AS before_geometry,
  a.version AS after_version, a.name AS after_name, a.township_code AS after_township, a.properties AS after_properties,
  lower(a.valid) AS after_from, upper(a.valid) AS after_to, a.source AS after_source, a.sample AS after_sample,
  ST_AsGeoJSON(a.geom, 15) AS after_geometry,
  NOT coalesce(ST_OrderingEquals(b.geom, a.geom), false) AS moved
FROM touched t
LEFT JOIN zone b ON b.kind = CAST(:kind AS text) AND b.code = t.code AND b.valid @> CAST(:from AS date)
LEFT JOIN zone a ON a.kind = CAST(:kind AS text) AND a.code = t.code AND a.valid @> CAST(:to AS date)
WHERE (b.id IS NULL OR a.id IS NULL OR (b.name, b.township_code, b.properties) IS DISTINCT FROM (a.name, a.township_code, a.properties)
    OR NOT ST_OrderingEquals(b.geom, a.geom))
  AND (CAST(:west AS double precision) IS NULL OR ST_Intersects(coalesce(a.geom, b.geom), ST_MakeEnvelope(
    CAST(:west AS double precision), CAST(:south AS double precision), CAST(:east AS double precision),
    CAST(:north AS double precision), 4326)) OR ST_Intersects(b.geom, ST_MakeEnvelope(
    CAST(:west AS double precision), CAST(:south AS double precision), CAST(:east AS double precision),
    CAST(:north AS double precision), 4326)))
ORDER BY t.code
LIMIT CAST(:rows AS integer)

-- list_newest_zones --
-- The newest versions in a rectangle, those an edit is made from, in order of codes.
SELECT z.kind, z.code, z.version, z.name, z.township_code, lower(z.valid) AS valid_from, upper(z.valid) AS valid_to,
  z.properties, z.source, z.sample, ST_AsGeoJSON(z.geom, 15) AS geometry
FROM zone z
WHERE z.kind = CAST(:kind AS text) AND upper_inf(z.valid) AND z.geom && ST_MakeEnvelope(
  CAST(:west AS double precision), CAST(:south AS double precision), CAST(:east AS double precision),
  CAST(:north AS double precision), 4326)
ORDER BY z.code
LIMIT CAST(:rows AS integer)

-- list_zone_days --
-- Days on which versions of a kind begin or end, newest first.
SELECT d.day, count(*) FILTER (WHERE d.begins) AS begun, count(*) FILTER (WHERE NOT d.begins) AS ended
FROM (
  SELECT lower(z.valid) AS day, true AS begins FROM zone z WHERE z.kind = CAST(:kind AS text) AND NOT isempty(z.valid)
  UNION ALL
  SELECT upper(z.valid), false FROM zone z
  WHERE z.kind = CAST(:kind AS text) AND NOT isempty(z.valid) AND NOT upper_inf(z.valid)) d
WHERE CAST(:before AS date) IS NULL OR d.day < CAST(:before AS date)
GROUP BY d.day
ORDER BY d.day DESC
LIMIT CAST(:rows AS integer)
