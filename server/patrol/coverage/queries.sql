-- coverage_limits --
-- For the rest of this transaction: how long a statement may run, plans for the values given, and room to sum a district
-- without a file. Says whether how fronts stand is kept for a day; else it is worked out.
SELECT set_config('statement_timeout', CAST(CAST(:timeout_ms AS integer) AS text), true),
  set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true),
  set_config('work_mem', '32MB', true),
  EXISTS (SELECT 1 FROM standing_day d WHERE d.day = CAST(:day AS date)) AS kept

-- list_standing --
-- Fronts of an area with how they stand on a day, in order of kind and code. Without a plan a visit in the period decides.
WITH judged AS (
  SELECT s.zone_id, s.kind, s.code, s.township_code, s.street, s.length_m, s.plan_id, s.seen_at,
    front_status_v1(s.plan_id, s.visited_until, s.overdue_from, s.seen_at, CASE WHEN s.plan_id IS NULL THEN (
      SELECT sum(c.visits) FROM (
        SELECT w.visits FROM coverage_week w WHERE w.week = ANY (CAST(:weeks AS date[])) AND w.zone_id = s.zone_id
        UNION ALL
        SELECT d.visits FROM coverage_day d WHERE d.day = ANY (CAST(:days AS date[])) AND d.zone_id = s.zone_id) c)
      END, CAST(:day AS date)) AS status,
    CASE WHEN s.overdue_from <= CAST(:day AS date) THEN s.overdue_from END AS overdue_since
  FROM front_standing s
  WHERE (CAST(:township AS text) IS NULL OR s.township_code = CAST(:township AS text))
    AND (CAST(:street AS text) IS NULL OR s.street = CAST(:street AS text))
    AND (CAST(:kind AS text) IS NULL OR s.kind = CAST(:kind AS text))
    AND (CAST(:team_id AS bigint) IS NULL OR s.team_id = CAST(:team_id AS bigint))
    AND (CAST(:only AS bigint[]) IS NULL OR s.zone_id = ANY (CAST(:only AS bigint[])))
    AND (CAST(:after_kind AS text) IS NULL OR (s.kind, s.code) > (CAST(:after_kind AS text), CAST(:after_code AS text)))
    AND (CAST(:west AS double precision) IS NULL OR s.zone_id IN (
      SELECT b.id FROM zone b WHERE b.geom && ST_MakeEnvelope(CAST(:west AS double precision),
        CAST(:south AS double precision), CAST(:east AS double precision), CAST(:north AS double precision), 4326)))
)
SELECT j.zone_id, j.kind, j.code, z.name, z.version, j.township_code, j.street, j.length_m, j.seen_at, j.status,
  CASE WHEN j.status IN ('late', 'never') THEN j.overdue_since END AS overdue_since, p.code AS plan,
  CASE WHEN CAST(:shapes AS boolean) THEN ST_AsGeoJSON(z.geom, 9) END AS geometry
FROM judged j
JOIN zone z ON z.id = j.zone_id
LEFT JOIN patrol_plan p ON p.id = j.plan_id
WHERE CAST(:status AS text) IS NULL OR j.status = CAST(:status AS text)
ORDER BY j.kind, j.code
LIMIT CAST(:rows AS integer)

-- seen_of_fronts --
-- What anybody saw of these fronts in whole weeks and single days; fronts of which nobody saw anything have no row.
SELECT c.zone_id, bit_count(bit_or(c.certain)) / CAST(max(length(c.certain)) AS double precision) AS certain,
  bit_count(bit_or(c.probable)) / CAST(max(length(c.probable)) AS double precision) AS probable, sum(c.visits) AS visits
FROM (
  SELECT w.zone_id, w.certain, w.probable, w.visits FROM coverage_week w
  WHERE w.week = ANY (CAST(:weeks AS date[])) AND w.zone_id = ANY (CAST(:zones AS bigint[]))
  UNION ALL
  SELECT d.zone_id, d.certain, d.probable, d.visits FROM coverage_day d
  WHERE d.day = ANY (CAST(:days AS date[])) AND d.zone_id = ANY (CAST(:zones AS bigint[]))) c
GROUP BY c.zone_id

-- seen_by_officer --
-- What one officer saw; the look is noted where another asks.
SELECT c.zone_id, bit_count(c.certain) / CAST(length(c.certain) AS double precision) AS certain,
  bit_count(c.probable) / CAST(length(c.probable) AS double precision) AS probable, c.visits, c.last_at
FROM coverage_of_officer_v1(CAST(:officer AS uuid), CAST(:first AS date), CAST(:last AS date), CAST(:time_zone AS text),
  CAST(:at AS timestamptz)) c

-- seen_in_week --
-- What was seen of fronts in one whole week, in metres.
SELECT w.zone_id, w.certain_m, w.probable_m, w.visits FROM coverage_week w WHERE w.week = CAST(:one_week AS date)

-- seen_in_period --
-- The same of several weeks and days: a cell counts once. Metres of a cell are those of any row, divided by its cells.
SELECT c.zone_id, bit_count(bit_or(c.certain)) * coalesce(max(c.cell_m), 0) AS certain_m,
  bit_count(bit_or(c.probable)) * coalesce(max(c.cell_m), 0) AS probable_m, sum(c.visits) AS visits
FROM (
  SELECT w.zone_id, w.certain, w.probable, w.visits, w.probable_m / nullif(bit_count(w.probable), 0) AS cell_m
  FROM coverage_week w WHERE w.week = ANY (CAST(:weeks AS date[]))
  UNION ALL
  SELECT d.zone_id, d.certain, d.probable, d.visits, d.probable_m / nullif(bit_count(d.probable), 0)
  FROM coverage_day d WHERE d.day = ANY (CAST(:days AS date[]))) c
GROUP BY c.zone_id

-- sum_standing --
-- Fronts of an area by how they stand, a row for each township, street or team, with their metres, those a plan asks for,
-- and those seen; seen is one of the two above.
SELECT CASE WHEN CAST(:by AS text) IN ('township', 'street') THEN s.township_code END AS township,
  CASE WHEN CAST(:by AS text) = 'street' THEN s.street END AS street,
  CASE WHEN CAST(:by AS text) = 'team' THEN s.team_id END AS team_id, count(*) AS zones,
  count(*) FILTER (WHERE s.status = 'due') AS due, count(*) FILTER (WHERE s.status = 'visited') AS visited,
  count(*) FILTER (WHERE s.status = 'late') AS late, count(*) FILTER (WHERE s.status = 'never') AS never,
  coalesce(sum(s.visits), 0) AS visits, sum(s.length_m) AS length_m, coalesce(sum(s.probable_m), 0) AS seen_m,
  coalesce(sum(s.certain_m), 0) AS certain_m,
  coalesce(sum(s.length_m) FILTER (WHERE s.plan_id IS NOT NULL), 0) AS due_m,
  coalesce(sum(s.probable_m) FILTER (WHERE s.plan_id IS NOT NULL), 0) AS due_seen_m,
  coalesce(sum(s.certain_m) FILTER (WHERE s.plan_id IS NOT NULL), 0) AS due_certain_m
FROM (
  SELECT s.township_code, s.street, s.team_id, s.plan_id, s.length_m, c.certain_m, c.probable_m, c.visits,
    front_status_v1(s.plan_id, s.visited_until, s.overdue_from, s.seen_at, c.visits, CAST(:day AS date)) AS status
  FROM front_standing s
  LEFT JOIN seen c ON c.zone_id = s.zone_id
  WHERE (CAST(:township AS text) IS NULL OR s.township_code = CAST(:township AS text))
    AND (CAST(:street AS text) IS NULL OR s.street = CAST(:street AS text))
    AND (CAST(:kind AS text) IS NULL OR s.kind = CAST(:kind AS text))
    AND (CAST(:team_id AS bigint) IS NULL OR s.team_id = CAST(:team_id AS bigint))
    AND (CAST(:west AS double precision) IS NULL OR s.zone_id IN (
      SELECT b.id FROM zone b WHERE b.geom && ST_MakeEnvelope(CAST(:west AS double precision),
        CAST(:south AS double precision), CAST(:east AS double precision), CAST(:north AS double precision), 4326)))
  -- Judged once a front, not once a sum.
  OFFSET 0) s
GROUP BY 1, 2, 3

-- list_teams --
-- Names of teams and of their bodies.
SELECT t.id, t.name, o.code AS body FROM team t JOIN organisation o ON o.id = t.organisation_id
WHERE t.id = ANY (CAST(:teams AS bigint[]))

-- coverage_hours --
-- Visits by weekday and hour.
SELECT h.weekday, h.hour, h.visits, h.zones
FROM coverage_hours_v1(CAST(:first AS date), CAST(:last AS date), CAST(:time_zone AS text), CAST(:township AS text),
  CAST(:street AS text), CAST(:kind AS text), CAST(:box AS double precision[])) h

-- list_coverage_gaps --
-- Streets with fronts that nobody visited or that are late: those with fronts never visited first, then the longest overdue.
SELECT g.*
FROM (
  SELECT coalesce(j.township_code, '') AS township, coalesce(j.street, '') AS street,
    count(*) FILTER (WHERE j.status = 'never') AS never, count(*) FILTER (WHERE j.status = 'late') AS late,
    sum(j.length_m) AS length_m, min(j.overdue_since) AS overdue_since,
    CAST(bool_and(j.status <> 'never') AS integer) AS seen_all,
    CAST(coalesce(min(j.overdue_since), DATE '9999-12-31') - DATE '0001-01-01' AS integer) AS order_day
  FROM (
    SELECT s.township_code, s.street, s.length_m,
      front_status_v1(s.plan_id, s.visited_until, s.overdue_from, s.seen_at, NULL, CAST(:day AS date)) AS status,
      CASE WHEN s.overdue_from <= CAST(:day AS date) THEN s.overdue_from END AS overdue_since
    FROM front_standing s
    WHERE (CAST(:township AS text) IS NULL OR s.township_code = CAST(:township AS text))
      AND (CAST(:street AS text) IS NULL OR s.street = CAST(:street AS text))
      AND (CAST(:kind AS text) IS NULL OR s.kind = CAST(:kind AS text))
      AND (CAST(:team_id AS bigint) IS NULL OR s.team_id = CAST(:team_id AS bigint))
      AND (CAST(:walker_id AS bigint) IS NULL OR s.team_id IS NULL OR s.team_id = CAST(:walker_id AS bigint))
      AND (CAST(:west AS double precision) IS NULL OR s.zone_id IN (
        SELECT b.id FROM zone b WHERE b.geom && ST_MakeEnvelope(CAST(:west AS double precision),
          CAST(:south AS double precision), CAST(:east AS double precision), CAST(:north AS double precision), 4326)))
    -- Judged once a front, not once a sum.
    OFFSET 0) j
  WHERE j.status IN ('late', 'never')
  GROUP BY 1, 2) g
WHERE CAST(:after_seen AS bigint) IS NULL OR (g.seen_all, g.order_day, g.township, g.street)
  > (CAST(:after_seen AS bigint), CAST(:after_day AS bigint), CAST(:after_township AS text), CAST(:after_street AS text))
ORDER BY g.seen_all, g.order_day, g.township, g.street
LIMIT CAST(:rows AS integer)

-- list_fronts_of_gaps --
-- The fronts of gaps on these streets (township and street side by side, empty for none), the longest overdue first.
SELECT r.place, r.zone_id
FROM (
  SELECT j.place, j.zone_id, row_number() OVER (
      PARTITION BY j.place ORDER BY (j.status = 'never') DESC, j.overdue_since NULLS LAST, j.kind, j.code) AS number
  FROM (
    SELECT g.place, s.zone_id, s.kind, s.code,
      front_status_v1(s.plan_id, s.visited_until, s.overdue_from, s.seen_at, NULL, CAST(:day AS date)) AS status,
      CASE WHEN s.overdue_from <= CAST(:day AS date) THEN s.overdue_from END AS overdue_since
    FROM unnest(CAST(:townships AS text[]), CAST(:streets AS text[])) WITH ORDINALITY AS g (township, street, place)
    CROSS JOIN LATERAL (
      SELECT a.* FROM front_standing a WHERE g.street <> '' AND a.street = g.street
      UNION ALL
      SELECT n.* FROM front_standing n WHERE g.street = '' AND n.street IS NULL) s
    WHERE s.township_code IS NOT DISTINCT FROM nullif(g.township, '')
      AND (CAST(:kind AS text) IS NULL OR s.kind = CAST(:kind AS text))
      AND (CAST(:team_id AS bigint) IS NULL OR s.team_id = CAST(:team_id AS bigint))
      AND (CAST(:walker_id AS bigint) IS NULL OR s.team_id IS NULL OR s.team_id = CAST(:walker_id AS bigint))
      AND (CAST(:west AS double precision) IS NULL OR s.zone_id IN (
        SELECT b.id FROM zone b WHERE b.geom && ST_MakeEnvelope(CAST(:west AS double precision),
          CAST(:south AS double precision), CAST(:east AS double precision), CAST(:north AS double precision), 4326)))
  ) j
  WHERE j.status IN ('late', 'never')) r
WHERE r.number <= CAST(:zones_max AS integer)
ORDER BY r.place, r.number

-- list_round_lines --
-- Street lines that a walk from anywhere in a metric box can use, always in the same order.
SELECT s.digest, s.name, ST_AsBinary(s.geom_m) AS shape
FROM street s
WHERE s.valid @> CAST(:day AS date) AND s.geom_m && ST_MakeEnvelope(CAST(:low_x AS double precision),
  CAST(:low_y AS double precision), CAST(:high_x AS double precision), CAST(:high_y AS double precision), metric_srid())
ORDER BY s.digest
LIMIT CAST(:rows AS integer)

-- list_round_fronts --
-- The axes of fronts, for the stretches of street a round has to walk.
SELECT f.zone_id, f.street, f.length_m, ST_AsBinary(f.axis) AS axis FROM patrol_front f
WHERE f.zone_id = ANY (CAST(:zones AS bigint[]))
ORDER BY f.zone_id

-- find_team --
-- Teams of a name that the asker may know of, with their bodies.
SELECT t.id, o.code AS body FROM team t JOIN organisation o ON o.id = t.organisation_id
WHERE t.name = CAST(:team AS text) AND (CAST(:body AS text) IS NULL OR o.code = CAST(:body AS text))
