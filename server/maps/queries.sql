-- tile_limits --
-- For the rest of this transaction: how long a statement may run, and plans for the values given. A tile is one small
-- read among many: it is not worth compiling nor spreading over processes.
SELECT set_config('statement_timeout', CAST(CAST(:timeout_ms AS integer) AS text), true),
  set_config('plan_cache_mode', 'force_custom_plan', true),
  set_config('jit', 'off', true),
  set_config('max_parallel_workers_per_gather', '0', true)

-- tile_version --
-- The version of a layer of zones; null before its first zone.
SELECT l.version FROM tile_layer l WHERE l.layer = CAST(:layer AS text)

-- tile_extent --
-- The rectangle that holds every zone of a kind valid on a day, in degrees.
SELECT ST_XMin(e.box) AS west, ST_YMin(e.box) AS south, ST_XMax(e.box) AS east, ST_YMax(e.box) AS north
FROM (
  SELECT ST_Extent(z.geom) AS box FROM zone z
  WHERE z.kind = CAST(:layer AS text) AND z.valid @> CAST(:on AS date)) e
WHERE e.box IS NOT NULL

-- tile_street_version --
-- The version of the streets: rows are added and closed, nothing else, and each of both makes it greater.
SELECT count(*) + count(*) FILTER (WHERE NOT upper_inf(s.valid)) FROM street s

-- tile_street_extent --
-- The rectangle that holds every street valid on a day, in degrees.
SELECT ST_XMin(e.box) AS west, ST_YMin(e.box) AS south, ST_XMax(e.box) AS east, ST_YMax(e.box) AS north
FROM (SELECT ST_Extent(s.geom) AS box FROM street s WHERE s.valid @> CAST(:on AS date)) e
WHERE e.box IS NOT NULL

-- tile_street_rows --
-- Streets of a day in a rectangle of degrees, the widest first, with their WGS-84 lines.
SELECT CAST(json_strip_nulls(json_build_object('name', s.name, 'kind', s.street_kind, 'width_m', s.width_m,
    'township', s.township_code, 'sample', s.sample)) AS text) AS properties,
  ST_AsBinary(CASE WHEN CAST(:tolerance_deg AS double precision) > 0
    THEN ST_Simplify(s.geom, CAST(:tolerance_deg AS double precision), true) ELSE s.geom END) AS wkb
FROM street s
WHERE s.geom_m && to_metric(ST_MakeEnvelope(CAST(:west AS double precision), CAST(:south AS double precision),
    CAST(:east AS double precision), CAST(:north AS double precision), 4326))
  AND s.valid @> CAST(:on AS date)
ORDER BY s.width_m DESC NULLS LAST, s.id
LIMIT CAST(:rows AS integer)

-- tile_zones --
-- Zones of a kind on a day in one tile, clipped a little beyond it. What is thinner than the grid of the tile but lies in
-- it stays as a square of one step. One more than the limit is read, to tell that there are more.
SELECT ST_AsMVT(t, CAST(:layer AS text), 4096, 'geom', 'id') AS mvt, count(*) AS features
FROM (
  SELECT z.id, z.code, z.name, z.version, z.township_code AS township, z.sample,
    coalesce(
      ST_AsMVTGeom(
        CASE WHEN CAST(:tolerance_m AS double precision) > 0
          THEN ST_Simplify(z.geom_3857, CAST(:tolerance_m AS double precision), true) ELSE z.geom_3857 END,
        e.tile, 4096, 64, true),
      CASE WHEN ST_Intersects(z.geom_3857, e.tile) THEN ST_AsMVTGeom(
        ST_Expand(ST_PointOnSurface(ST_Intersection(z.geom_3857, e.tile)), e.step_m), e.tile, 4096, 64, true) END
    ) AS geom
  FROM (
    SELECT ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer)) AS tile,
      ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer), margin => 0.015625) AS around,
      CAST(:step_m AS double precision) AS step_m) e
  JOIN zone z ON z.geom_3857 && e.around
  WHERE z.kind = CAST(:layer AS text) AND z.valid @> CAST(:on AS date)
  LIMIT CAST(:rows AS integer)) t

-- tile_zone_rows --
-- The same zones as rows with their WGS-84 geometry, from a rectangle in degrees: for a base map of another datum.
SELECT z.id, CAST(json_build_object('code', z.code, 'name', z.name, 'version', z.version, 'township', z.township_code,
    'sample', z.sample) AS text) AS properties,
  ST_AsBinary(CASE WHEN CAST(:tolerance_deg AS double precision) > 0
    THEN ST_Simplify(z.geom, CAST(:tolerance_deg AS double precision), true) ELSE z.geom END) AS wkb
FROM zone z
WHERE z.geom && ST_MakeEnvelope(CAST(:west AS double precision), CAST(:south AS double precision),
    CAST(:east AS double precision), CAST(:north AS double precision), 4326)
  AND z.geom_3857 IS NOT NULL AND z.kind = CAST(:layer AS text) AND z.valid @> CAST(:on AS date)
LIMIT CAST(:rows AS integer)

-- tile_reports --
-- Reports the asker may see in a range of keys, as rows: the rule of their list, in the same transaction.
SELECT CAST(json_build_object('id', r.id, 'category', r.category, 'township', r.township_code,
    'received_at', to_char(r.received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) AS text) AS properties,
  ST_X(r.place) AS lon, ST_Y(r.place) AS lat
FROM unnest(CAST(:first AS bigint[]), CAST(:last AS bigint[])) AS k (first, last)
JOIN report r ON r.tile_key >= k.first AND r.tile_key < k.last
LIMIT CAST(:rows AS integer)

-- tile_cases --
-- Cases the asker may see in a range of keys, as rows: the rule of their list, in the same transaction.
SELECT CAST(json_build_object('number', c.number, 'state', c.state, 'category', c.category,
    'township', c.township_code, 'open', c.closed_at IS NULL,
    'due', CAST(extract(epoch FROM c.due_at) AS bigint)) AS text) AS properties,
  ST_X(c.place) AS lon, ST_Y(c.place) AS lat
FROM unnest(CAST(:first AS bigint[]), CAST(:last AS bigint[])) AS k (first, last)
JOIN case_file c ON c.tile_key >= k.first AND c.tile_key < k.last
LIMIT CAST(:rows AS integer)

-- tile_zone_cells --
-- How many zones of a kind lie in each cell of a tile on a day; a cell is a point in the middle of its square.
SELECT ST_AsMVT(t, CAST(:layer AS text), 4096, 'geom') AS mvt
FROM (
  SELECT ST_MakePoint(
      tile_key_column(s.cell) * CAST(:width AS integer) + CAST(:width AS integer) / 2,
      tile_key_column(s.cell >> 1) * CAST(:width AS integer) + CAST(:width AS integer) / 2) AS geom, s.count
  FROM (
    SELECT (c.cell >> CAST(:shift AS integer)) - CAST(:origin AS bigint) AS cell,
      CAST(sum(c.change) AS integer) AS count
    FROM zone_cell c
    WHERE c.kind = CAST(:kind AS text) AND c.cell >= CAST(:first AS bigint) AND c.cell < CAST(:last AS bigint)
      AND c.day <= CAST(:on AS date)
    GROUP BY 1
    HAVING sum(c.change) > 0) s
  ORDER BY s.cell) t

-- tile_zone_cell_rows --
-- The same counts as rows, from ranges of cells.
SELECT c.cell >> CAST(:shift AS integer) AS cell, CAST(sum(c.change) AS integer) AS count
FROM unnest(CAST(:first AS bigint[]), CAST(:last AS bigint[])) AS k (first, last)
JOIN zone_cell c ON c.kind = CAST(:kind AS text) AND c.cell >= k.first AND c.cell < k.last
WHERE c.day <= CAST(:on AS date)
GROUP BY 1
HAVING sum(c.change) > 0
ORDER BY 1

-- tile_work_cell_rows --
-- How many reports or cases the asker may see in each cell, from ranges of cells.
SELECT c.cell >> CAST(:shift AS integer) AS cell, CAST(sum(c.things) AS integer) AS count
FROM unnest(CAST(:first AS bigint[]), CAST(:last AS bigint[])) AS k (first, last)
JOIN work_cell c ON c.layer = CAST(:kind AS text) AND c.cell >= k.first AND c.cell < k.last
GROUP BY 1
HAVING sum(c.things) > 0
ORDER BY 1

-- tile_case_cell_rows --
-- The same of cases, with how many of them are overdue: open and due before now, as their list says it. A cell is a tile
-- of zoom 18, the key of a case one of zoom 24.
SELECT n.cell, CAST(json_build_object('count', n.count, 'overdue', coalesce(o.count, 0)) AS text) AS properties
FROM (
  SELECT c.cell >> CAST(:shift AS integer) AS cell, CAST(sum(c.things) AS integer) AS count
  FROM unnest(CAST(:first AS bigint[]), CAST(:last AS bigint[])) AS k (first, last)
  JOIN work_cell c ON c.layer = CAST(:kind AS text) AND c.cell >= k.first AND c.cell < k.last
  GROUP BY 1
  HAVING sum(c.things) > 0) n
LEFT JOIN (
  SELECT c.tile_key >> (12 + CAST(:shift AS integer)) AS cell, count(*) AS count
  FROM unnest(CAST(:first AS bigint[]), CAST(:last AS bigint[])) AS k (first, last)
  JOIN case_file c ON c.tile_key >= k.first << 12 AND c.tile_key < k.last << 12
  WHERE c.closed_at IS NULL AND c.due_at < CAST(:now AS timestamptz)
  GROUP BY 1) o ON o.cell = n.cell
ORDER BY n.cell

-- tile_encode --
-- Geometries of the tile's own plane (EPSG:3857, WKB in hex) as one layer; ids may be null. Points beyond the tile's edge
-- are left to its neighbour, areas are clipped a little beyond it.
SELECT ST_AsMVT(t, CAST(:layer AS text), 4096, 'geom', 'id') AS mvt
FROM (
  SELECT f.id, f.properties,
    coalesce(
      ST_AsMVTGeom(f.geom, e.tile, 4096, CAST(:buffer AS integer), true),
      CASE WHEN ST_Dimension(f.geom) > 0 AND ST_Intersects(f.geom, e.tile) THEN ST_AsMVTGeom(
        ST_Expand(ST_PointOnSurface(ST_Intersection(f.geom, e.tile)), CAST(:step_m AS double precision)),
        e.tile, 4096, CAST(:buffer AS integer), true) END
    ) AS geom
  FROM (SELECT ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer)) AS tile) e
  CROSS JOIN (
    SELECT u.id, CAST(u.properties AS jsonb) AS properties,
      ST_SetSRID(ST_GeomFromWKB(decode(u.wkb, 'hex')), 3857) AS geom
    FROM unnest(CAST(:ids AS bigint[]), CAST(:properties AS text[]), CAST(:wkbs AS text[])) AS u (id, properties, wkb)) f
) t

-- tile_standing_kept --
-- Whether how fronts stand is kept for a day; else it is worked out.
SELECT EXISTS (SELECT 1 FROM standing_day d WHERE d.day = CAST(:day AS date))

-- tile_coverage --
-- Fronts of a day in one tile with how they stand and what was seen of them in a period, as tile_zones clips and keeps them.
SELECT ST_AsMVT(t, 'coverage', 4096, 'geom', 'id') AS mvt, count(*) AS features
FROM (
  SELECT z.id, z.kind, z.code, z.name, z.township_code AS township, s.street, c.visits, c.seen_share,
    front_status_v1(s.plan_id, s.visited_until, s.overdue_from, s.seen_at, c.visits, CAST(:day AS date)) AS status,
    coalesce(
      ST_AsMVTGeom(z.geom_3857, e.tile, 4096, 64, true),
      CASE WHEN ST_Intersects(z.geom_3857, e.tile) THEN ST_AsMVTGeom(
        ST_Expand(ST_PointOnSurface(ST_Intersection(z.geom_3857, e.tile)), e.step_m), e.tile, 4096, 64, true) END
    ) AS geom
  FROM (
    SELECT ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer)) AS tile,
      ST_TileEnvelope(CAST(:z AS integer), CAST(:x AS integer), CAST(:y AS integer), margin => 0.015625) AS around,
      CAST(:step_m AS double precision) AS step_m) e
  JOIN zone z ON z.geom_3857 && e.around
  JOIN front_standing s ON s.zone_id = z.id
  CROSS JOIN LATERAL (
    SELECT CAST(coalesce(sum(u.visits), 0) AS integer) AS visits,
      CAST(coalesce(round(bit_count(bit_or(u.probable)) / CAST(max(length(u.probable)) AS numeric), 3), 0)
        AS double precision) AS seen_share
    FROM (
      SELECT w.visits, w.probable FROM coverage_week w WHERE w.week = ANY (CAST(:weeks AS date[])) AND w.zone_id = s.zone_id
      UNION ALL
      SELECT d.visits, d.probable FROM coverage_day d WHERE d.day = ANY (CAST(:days AS date[])) AND d.zone_id = s.zone_id) u
  ) c
  LIMIT CAST(:rows AS integer)) t

-- tile_coverage_rows --
-- The same fronts as rows with their WGS-84 geometry, from a rectangle in degrees: for a base map of another datum.
SELECT z.id, CAST(json_build_object('kind', z.kind, 'code', z.code, 'name', z.name, 'township', z.township_code,
    'street', s.street, 'visits', c.visits, 'seen_share', c.seen_share,
    'status', front_status_v1(s.plan_id, s.visited_until, s.overdue_from, s.seen_at, c.visits, CAST(:day AS date))) AS text) AS properties,
  ST_AsBinary(z.geom) AS wkb
FROM zone z
JOIN front_standing s ON s.zone_id = z.id
CROSS JOIN LATERAL (
  SELECT CAST(coalesce(sum(u.visits), 0) AS integer) AS visits,
    CAST(coalesce(round(bit_count(bit_or(u.probable)) / CAST(max(length(u.probable)) AS numeric), 3), 0)
      AS double precision) AS seen_share
  FROM (
    SELECT w.visits, w.probable FROM coverage_week w WHERE w.week = ANY (CAST(:weeks AS date[])) AND w.zone_id = s.zone_id
    UNION ALL
    SELECT d.visits, d.probable FROM coverage_day d WHERE d.day = ANY (CAST(:days AS date[])) AND d.zone_id = s.zone_id) u
) c
WHERE z.geom && ST_MakeEnvelope(CAST(:west AS double precision), CAST(:south AS double precision),
    CAST(:east AS double precision), CAST(:north AS double precision), 4326) AND z.geom_3857 IS NOT NULL
LIMIT CAST(:rows AS integer)

-- tile_coverage_cell_rows --
-- How many fronts of each cell are due, visited, late or were never visited, from ranges of cells. Without plans a visit
-- in the period decides.
SELECT j.cell, CAST(json_build_object('count', count(*), 'due', count(*) FILTER (WHERE j.status = 'due'),
    'visited', count(*) FILTER (WHERE j.status = 'visited'), 'late', count(*) FILTER (WHERE j.status = 'late'),
    'never', count(*) FILTER (WHERE j.status = 'never')) AS text) AS properties
FROM (
  SELECT s.cell >> CAST(:shift AS integer) AS cell,
    front_status_v1(s.plan_id, s.visited_until, s.overdue_from, s.seen_at, CASE WHEN s.plan_id IS NULL AND s.zone_id IN (
        SELECT w.zone_id FROM coverage_week w WHERE w.week = ANY (CAST(:weeks AS date[])) AND w.visits > 0
        UNION ALL
        SELECT d.zone_id FROM coverage_day d WHERE d.day = ANY (CAST(:days AS date[])) AND d.visits > 0)
      THEN 1 END, CAST(:day AS date)) AS status
  FROM unnest(CAST(:first AS bigint[]), CAST(:last AS bigint[])) AS k (first, last)
  JOIN front_standing s ON s.cell >= k.first AND s.cell < k.last
  OFFSET 0) j
GROUP BY j.cell
ORDER BY j.cell
