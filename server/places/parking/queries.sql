-- list_gap_fronts --
-- Frontage zones of an area on a day, in the metric plane; one more than allowed tells that there are too many.
SELECT z.code, z.township_code, z.properties ->> 'street' AS street, ST_AsBinary(z.geom_m) AS shape
FROM zone z
WHERE z.kind = 'frontage' AND z.valid @> CAST(:on AS date)
  AND (CAST(:township AS text) IS NULL OR z.township_code = CAST(:township AS text))
  AND (CAST(:west AS double precision) IS NULL OR ST_Intersects(z.geom, ST_MakeEnvelope(CAST(:west AS double precision),
    CAST(:south AS double precision), CAST(:east AS double precision), CAST(:north AS double precision), 4326)))
ORDER BY z.code
LIMIT CAST(:rows AS integer)

-- list_gap_attractors --
-- Places many ride to: service points and sites of the kinds that are set, in the same area on the same day.
SELECT z.code, z.township_code, z.properties ->> 'street' AS street, ST_AsBinary(ST_Centroid(z.geom_m)) AS shape
FROM zone z
WHERE z.kind IN ('service_point', 'site') AND z.valid @> CAST(:on AS date)
  AND coalesce(z.properties ->> 'service', z.properties ->> 'site_kind') = ANY (CAST(:attractors AS text[]))
  AND (CAST(:township AS text) IS NULL OR z.township_code = CAST(:township AS text))
  AND (CAST(:west AS double precision) IS NULL OR ST_Intersects(z.geom, ST_MakeEnvelope(CAST(:west AS double precision),
    CAST(:south AS double precision), CAST(:east AS double precision), CAST(:north AS double precision), 4326)))
ORDER BY z.code
LIMIT CAST(:rows AS integer)

-- list_gap_streets --
-- Street lines that a walk from anywhere in a metric box can use, always in the same order.
SELECT s.digest, s.name, ST_AsBinary(s.geom_m) AS shape
FROM street s
WHERE s.valid @> CAST(:on AS date) AND s.geom_m && ST_MakeEnvelope(CAST(:low_x AS double precision),
  CAST(:low_y AS double precision), CAST(:high_x AS double precision), CAST(:high_y AS double precision), metric_srid())
ORDER BY s.digest
LIMIT CAST(:rows AS integer)

-- list_gap_bays --
-- Parking areas of one vehicle kind that may serve something in a metric box.
SELECT z.code, z.township_code, z.properties ->> 'street' AS street, ST_AsBinary(z.geom_m) AS shape
FROM zone z
WHERE z.kind = 'parking' AND z.valid @> CAST(:on AS date) AND z.properties ->> 'vehicle' = CAST(:vehicle AS text)
  AND ST_Intersects(z.geom, ST_Transform(ST_MakeEnvelope(CAST(:low_x AS double precision), CAST(:low_y AS double precision),
    CAST(:high_x AS double precision), CAST(:high_y AS double precision), metric_srid()), 4326))
ORDER BY z.code
LIMIT CAST(:rows AS integer)

-- make_coming_streets --
-- The street lines of a file, beside the layer, until they are compared.
CREATE TEMP TABLE coming_street (
  digest text PRIMARY KEY, name text, street_kind text, width_m double precision, township_code text, wkb text
) ON COMMIT DROP

-- count_street_fates --
-- How many lines are new, unchanged or gone, and whether one in force begins no earlier than the new ones would.
SELECT
  (SELECT count(*) FROM coming_street c WHERE NOT EXISTS (
     SELECT 1 FROM street s WHERE s.digest = c.digest AND upper_inf(s.valid))) AS new,
  (SELECT count(*) FROM coming_street c JOIN street s ON s.digest = c.digest AND upper_inf(s.valid)) AS unchanged,
  (SELECT count(*) FROM street s WHERE upper_inf(s.valid) AND NOT EXISTS (
     SELECT 1 FROM coming_street c WHERE c.digest = s.digest)) AS gone,
  (SELECT count(*) FROM street s WHERE (upper_inf(s.valid) AND lower(s.valid) >= CAST(:valid_from AS date)
     AND NOT EXISTS (SELECT 1 FROM coming_street c WHERE c.digest = s.digest))
     OR upper(s.valid) > CAST(:valid_from AS date)) AS early

-- close_gone_streets --
-- Lines that are not in the file end on the day the file begins.
UPDATE street s SET valid = daterange(lower(s.valid), CAST(:valid_from AS date))
WHERE upper_inf(s.valid) AND NOT EXISTS (SELECT 1 FROM coming_street c WHERE c.digest = s.digest)

-- insert_coming_streets --
-- New lines, ordered along a curve so that neighbours lie on the same pages.
INSERT INTO street (digest, name, street_kind, width_m, township_code, valid, geom, source, sample)
SELECT c.digest, c.name, c.street_kind, c.width_m, c.township_code, daterange(CAST(:valid_from AS date), NULL),
  ST_SetSRID(ST_GeomFromWKB(decode(c.wkb, 'hex')), 4326), CAST(:source AS text), CAST(:sample AS boolean)
FROM coming_street c
WHERE NOT EXISTS (SELECT 1 FROM street s WHERE s.digest = c.digest AND upper_inf(s.valid))
ORDER BY ST_SetSRID(ST_GeomFromWKB(decode(c.wkb, 'hex')), 4326)
