-- exported_columns --
-- Names of all properties that zones of a kind have on a day, and what their values are.
SELECT p.key, array_agg(DISTINCT jsonb_typeof(p.value)) AS types
FROM zone z CROSS JOIN LATERAL jsonb_each(z.properties) p
WHERE z.kind = CAST(:kind AS text) AND z.valid @> CAST(:on AS date)
GROUP BY p.key ORDER BY p.key

-- exported_zones --
-- The zones of a kind on a day in order of their codes, their shapes as WKB in WGS-84.
SELECT z.code, z.name, z.version, z.township_code AS township, CAST(lower(z.valid) AS text) AS valid_from,
  CAST(upper(z.valid) AS text) AS valid_to, z.sample, z.source, z.properties, ST_AsBinary(z.geom) AS wkb
FROM zone z
WHERE z.kind = CAST(:kind AS text) AND z.valid @> CAST(:on AS date)
ORDER BY z.code
