-- make_coming --
-- The zones of a file, beside the layer, until they are compared.
CREATE TEMP TABLE coming (
  code text PRIMARY KEY, name text, township_code text, valid_from date, sample boolean, properties jsonb, wkb text,
  fate text, version integer
) ON COMMIT DROP

-- compare_coming --
-- What each zone of the file is to the layer: new, unchanged, changed, or early (it would begin before what it replaces).
UPDATE coming
SET version = 1 + coalesce(last.version, 0),
  fate = CASE
    WHEN last.version IS NULL THEN 'new'
    WHEN upper_inf(last.valid) AND last.name = c.name AND last.township_code IS NOT DISTINCT FROM c.township_code
      AND last.properties = c.properties
      AND ST_OrderingEquals(last.geom, ST_SetSRID(ST_GeomFromWKB(decode(c.wkb, 'hex')), 4326)) THEN 'unchanged'
    WHEN c.valid_from <= lower(last.valid) OR c.valid_from < upper(last.valid) THEN 'early'
    ELSE 'changed' END
FROM coming c
LEFT JOIN LATERAL (
  SELECT z.version, z.valid, z.name, z.township_code, z.properties, z.geom
  FROM zone z WHERE z.kind = CAST(:kind AS text) AND z.code = c.code
  ORDER BY z.version DESC LIMIT 1) last ON true
WHERE coming.code = c.code

-- count_fates --
-- How many of each, with the first few codes.
SELECT fate, count(*) AS zones, (array_agg(code ORDER BY code))[1:20] AS codes FROM coming GROUP BY fate

-- close_changed --
-- The version in force ends on the day the changed one begins.
UPDATE zone z
SET valid = daterange(lower(z.valid), c.valid_from)
FROM coming c
WHERE c.fate = 'changed' AND z.kind = CAST(:kind AS text) AND z.code = c.code AND upper_inf(z.valid)

-- insert_coming --
-- New and changed zones, ordered along a curve so that neighbours lie on the same pages.
INSERT INTO zone (kind, code, version, name, township_code, valid, geom, properties, source, sample)
SELECT CAST(:kind AS text), c.code, c.version, c.name, c.township_code, daterange(c.valid_from, NULL),
  ST_SetSRID(ST_GeomFromWKB(decode(c.wkb, 'hex')), 4326), c.properties, CAST(:source AS text), c.sample
FROM coming c
WHERE c.fate IN ('new', 'changed')
ORDER BY ST_SetSRID(ST_GeomFromWKB(decode(c.wkb, 'hex')), 4326)
