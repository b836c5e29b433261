-- list_service_hours --
-- The different texts of hours among service points of a kind on a day: few, and judged outside the database.
SELECT DISTINCT z.properties ->> 'hours' AS hours
FROM zone z
WHERE z.kind = 'service_point' AND z.valid @> CAST(:on AS date)
  AND (CAST(:service AS text) IS NULL OR z.properties ->> 'service' = CAST(:service AS text))
  AND z.properties ->> 'hours' IS NOT NULL

-- nearest_service_points --
-- Service points nearest first, of a kind, with hours among those that hold when only open ones are wanted. The radius is
-- asked last, so that the index may stop at the first few.
SELECT n.code, n.name, n.version, n.township_code, n.properties, n.sample, n.source, n.lon, n.lat, n.distance_m
FROM (
  SELECT z.code, z.name, z.version, z.township_code, z.properties, z.sample, z.source, ST_X(z.geom) AS lon, ST_Y(z.geom) AS lat,
    z.geom_m <-> ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)), metric_srid())
      AS distance_m
  FROM zone z
  WHERE z.kind = 'service_point' AND z.valid @> CAST(:on AS date)
    AND (CAST(:service AS text) IS NULL OR z.properties ->> 'service' = CAST(:service AS text))
    AND (CAST(:hours AS text[]) IS NULL OR z.properties ->> 'hours' = ANY (CAST(:hours AS text[])))
  ORDER BY distance_m, z.code
  LIMIT CAST(:rows AS integer)) n
WHERE n.distance_m <= CAST(:radius_m AS double precision)
ORDER BY n.distance_m, n.code

-- fetch_cell_template --
-- The template of cell codes in force on a day.
SELECT t.template, t.source, t.sample, lower(t.valid) AS valid_from, upper(t.valid) AS valid_to
FROM cell_code_template t WHERE t.valid @> CAST(:on AS date)

-- newest_cell_template --
-- The template that is in force without an end.
SELECT t.id, t.template, lower(t.valid) AS valid_from FROM cell_code_template t WHERE upper_inf(t.valid)

-- close_cell_template --
-- A template ends on the day the next one begins.
UPDATE cell_code_template SET valid = daterange(lower(valid), CAST(:valid_from AS date)) WHERE upper_inf(valid)

-- insert_cell_template --
-- A template comes into force.
INSERT INTO cell_code_template (template, valid, source, sample)
VALUES (CAST(:template AS text), daterange(CAST(:valid_from AS date), NULL), CAST(:source AS text), CAST(:sample AS boolean))

-- list_cells --
-- Codes of the grid cells of a day, with what a template may ask of them.
SELECT z.code, z.township_code, z.properties ->> 'community' AS community
FROM zone z
WHERE z.kind = 'grid' AND z.valid @> CAST(:on AS date)
ORDER BY z.code

-- list_used_cells --
-- Codes any cell of a township has or had: a number is never given twice.
SELECT DISTINCT z.code FROM zone z WHERE z.kind = 'grid' AND z.township_code = CAST(:township AS text)
