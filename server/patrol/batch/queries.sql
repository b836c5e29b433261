-- district --
-- The code of the district this deployment serves.
SELECT code FROM organisation WHERE kind = 'district'

-- waiting --
-- Batches and marks of a stretch of time that covering has not taken up.
SELECT (
  SELECT count(*) FROM fix_arrival a
  WHERE EXISTS (SELECT 1 FROM unnest(a.recorded) AS r (at)
    WHERE r.at >= CAST(:begins AS timestamptz) AND r.at < CAST(:ends AS timestamptz))) + (
  SELECT count(*) FROM mark_arrival m WHERE m.at >= CAST(:begins AS timestamptz) AND m.at < CAST(:ends AS timestamptz))
  AS waiting

-- closed --
-- Local days of which the precise fixes are gone.
SELECT c AS day FROM local_days_closed_v1(CAST(:first AS date), CAST(:last AS date), CAST(:time_zone AS text)) AS c
WHERE c BETWEEN CAST(:first AS date) AND CAST(:last AS date) ORDER BY c

-- fronts --
-- Every front with the validity of its zone version; a null end is none.
SELECT f.zone_id, f.kind, f.code, f.version, f.township_code, f.street, f.length_m, f.cells, lower(z.valid) AS valid_from,
  upper(z.valid) AS valid_to, ST_AsBinary(f.axis) AS axis
FROM patrol_front f JOIN zone z ON z.id = f.zone_id
ORDER BY f.zone_id

-- devices --
-- Devices with a fix from one moment to another, and whose they are.
SELECT DISTINCT p.device_id, CAST(p.account_id AS text) AS account_id FROM position_fix p
WHERE p.recorded_at >= to_timestamp(CAST(:begin_s AS float8)) AND p.recorded_at <= to_timestamp(CAST(:end_s AS float8))
ORDER BY p.device_id

-- fixes --
-- The fixes of devices from one moment to another, one row a device, as columns of big-endian numbers.
SELECT f.at, f.lon, f.lat, f.accuracy, f.mock
FROM covering_fixes_v1(CAST(:devices AS bigint[]),
  array_fill(CAST(:begin_s AS float8), ARRAY[cardinality(CAST(:devices AS bigint[]))]),
  array_fill(CAST(:end_s AS float8), ARRAY[cardinality(CAST(:devices AS bigint[]))])) AS f

-- marks --
-- Where somebody reported or marked a visit, from one moment until before another.
SELECT m.account_id, m.zone_id, date_part('epoch', m.at) AS at_s, m.kind
FROM zone_mark m
WHERE m.at >= CAST(:begins AS timestamptz) AND m.at < CAST(:ends AS timestamptz)
ORDER BY m.account_id, m.zone_id, m.at, m.kind

-- zones --
-- The pieces of every zone version, as a match takes them.
SELECT z.kind, z.code, z.name, z.version, z.township_code, lower(z.valid) AS valid_from, upper(z.valid) AS valid_to,
  ST_AsBinary(p.piece) AS piece
FROM zone z JOIN zone_piece p ON p.zone_id = z.id
ORDER BY z.id, ST_AsBinary(p.piece)

-- reports --
-- Reports judged on a day, each with all that judging it again needs, and its newest match.
SELECT j.report FROM rematch_report_json(ARRAY(
  SELECT r.id FROM report r WHERE r.judged_on = CAST(:day AS date) ORDER BY r.received_at, r.id)) AS j
