-- fetch_doctor_versions --
-- What the database is made of; null for an extension that is not there.
SELECT CAST(current_setting('server_version_num') AS integer) / 10000 AS postgresql,
  (SELECT e.extversion FROM pg_extension e WHERE e.extname = 'postgis') AS postgis

-- fetch_doctor_clock --
-- The database's own clock, whatever the transaction.
SELECT clock_timestamp() AS at

-- fetch_doctor_srid --
-- The metric CRS the database was made with.
SELECT metric_srid() AS srid

-- list_doctor_layers --
-- Zones in force by kind, how many of them touch no township, and as what the newest applied file was declared.
SELECT z.kind, count(*) AS zones,
  count(*) FILTER (WHERE NOT EXISTS (
    SELECT 1 FROM zone_piece p JOIN zone t ON t.id = p.zone_id
    WHERE t.kind = 'township' AND t.valid @> CAST(:today AS date) AND p.piece && z.geom_m
      AND ST_Intersects(p.piece, z.geom_m))) AS outside,
  (SELECT i.options ->> 'datum' FROM zone_import i JOIN zone_import_applied a ON a.import_id = i.id
   WHERE i.kind = z.kind ORDER BY a.applied_at DESC LIMIT 1) AS datum
FROM zone z
WHERE z.valid @> CAST(:today AS date)
GROUP BY z.kind ORDER BY z.kind

-- fetch_doctor_doubts --
-- Reports since a moment, and those whose position fits another datum better than the declared one.
SELECT count(*) AS reports, count(*) FILTER (WHERE EXISTS (
  SELECT 1 FROM finding f
  WHERE f.report_id = r.id AND f.code IN ('datum_fits_track_only_as', 'datum_fits_zone_only_as'))) AS doubted
FROM report r WHERE r.received_at >= CAST(:since AS timestamptz)

-- list_doctor_days --
-- The last day (UTC) that has a table, of each table that lies in days.
SELECT p.relname AS parent,
  max(CASE WHEN c.relname ~ '_p[0-9]{8}$' THEN to_date(right(c.relname, 8), 'YYYYMMDD') END) AS last_day
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
  JOIN pg_partitioned_table t ON t.partrelid = p.oid
GROUP BY p.relname ORDER BY p.relname
