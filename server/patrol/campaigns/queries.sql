-- insert_campaign --
-- A campaign with its first terms.
WITH made AS (
  INSERT INTO campaign (id, kind, from_day, selection, checklist, made_at, made_by)
  VALUES (CAST(:id AS uuid), CAST(:kind AS text), CAST(:first AS date), CAST(:selection AS jsonb), CAST(:checklist AS json),
    CAST(:at AS timestamptz), current_account())
  RETURNING id
)
INSERT INTO campaign_terms (campaign_id, version, name, note, to_day, target_visits, goals, decided_at, decided_by)
SELECT m.id, 1, CAST(:name AS text), CAST(:note AS text), CAST(:last AS date), CAST(:target_visits AS integer),
  CAST(:goals AS jsonb), CAST(:at AS timestamptz), current_account()
FROM made m

-- find_campaign_zones --
-- The zones of a day that a selection names, or that everything else it says applies to; at most as many as asked. Shapes
-- of the first so many.
WITH wanted AS (
  SELECT CAST(:codes AS text[]) AS codes, CAST(:trades AS text[]) AS trades, CAST(:streets AS text[]) AS streets,
    CAST(:townships AS text[]) AS townships,
    ST_MakeValid(ST_SetSRID(ST_GeomFromGeoJSON(CAST(:area AS text)), 4326)) AS area
), chosen AS (
  SELECT z.code, z.township_code, z.geom
  FROM zone z CROSS JOIN wanted w
  WHERE z.kind = CAST(:kind AS text) AND z.valid @> CAST(:first AS date)
    AND (z.code = ANY (w.codes)
      OR ((cardinality(w.trades || w.streets || w.townships) > 0 OR w.area IS NOT NULL)
        AND (w.trades = '{}' OR z.properties ->> 'trade' = ANY (w.trades))
        AND (w.streets = '{}' OR z.properties ->> 'street' = ANY (w.streets))
        AND (w.townships = '{}' OR z.township_code = ANY (w.townships))
        AND (w.area IS NULL OR z.geom && w.area AND ST_Intersects(w.area, ST_PointOnSurface(z.geom)))))
  ORDER BY z.code
  LIMIT CAST(:most AS integer)
)
SELECT c.code, c.township_code, (SELECT o.name FROM organisation o WHERE o.code = c.township_code) AS township_name,
  CASE WHEN row_number() OVER (ORDER BY c.code) <= CAST(:shapes AS integer) THEN ST_AsGeoJSON(c.geom, 6) END AS shape
FROM chosen c
ORDER BY c.code

-- insert_campaign_zones --
-- The zones of a new campaign.
INSERT INTO campaign_zone (campaign_id, code, township_code)
SELECT CAST(:id AS uuid), z.code, z.township
FROM unnest(CAST(:codes AS text[]), CAST(:townships AS text[])) AS z (code, township)

-- campaign_choices --
-- What zones of a kind and day can be chosen by: trades, streets with their township, townships.
SELECT CASE WHEN grouping(z.properties ->> 'trade') = 0 THEN 'trade'
    WHEN grouping(z.properties ->> 'street') = 0 THEN 'street' ELSE 'township' END AS by,
  coalesce(z.properties ->> 'trade', z.properties ->> 'street') AS value, z.township_code, o.name, count(*) AS zones
FROM zone z
LEFT JOIN organisation o ON o.code = z.township_code
WHERE z.kind = CAST(:kind AS text) AND z.valid @> CAST(:first AS date)
GROUP BY GROUPING SETS ((z.properties ->> 'trade'), (z.properties ->> 'street', z.township_code, o.name),
  (z.township_code, o.name))
ORDER BY zones DESC, value, z.township_code
LIMIT CAST(:rows AS integer)

-- insert_campaign_terms --
-- The next version of the terms, when nobody was first: what is null stays as it was.
INSERT INTO campaign_terms (campaign_id, version, name, note, to_day, target_visits, goals, cancelled_because, decided_at,
  decided_by)
SELECT t.campaign_id, t.version + 1, coalesce(CAST(:name AS text), t.name), coalesce(CAST(:note AS text), t.note),
  coalesce(CAST(:last AS date), t.to_day), coalesce(CAST(:target_visits AS integer), t.target_visits),
  coalesce(CAST(:goals AS jsonb), t.goals),
  coalesce(CAST(:cancelled_because AS text), t.cancelled_because), CAST(:at AS timestamptz), current_account()
FROM campaign_terms t
WHERE t.campaign_id = CAST(:id AS uuid) AND t.version = CAST(:version AS integer)
ON CONFLICT ON CONSTRAINT campaign_terms_pkey DO NOTHING
RETURNING version

-- list_campaigns --
-- Campaigns as they stand, newest first, or one of them.
SELECT c.id, c.kind, c.from_day, CAST(c.selection AS text) AS selection, CAST(c.checklist AS text) AS checklist, c.made_at,
  t.version, t.name, t.note, t.to_day, t.target_visits, CAST(t.goals AS text) AS goals, t.cancelled_because, t.decided_at, s.state,
  (SELECT count(*) FROM campaign_zone z WHERE z.campaign_id = c.id) AS zones
FROM campaign c
JOIN LATERAL (SELECT n.* FROM campaign_terms n WHERE n.campaign_id = c.id ORDER BY n.version DESC LIMIT 1) t ON true
CROSS JOIN LATERAL (SELECT CASE WHEN t.cancelled_because IS NOT NULL THEN 'cancelled'
  WHEN CAST(:today AS date) < c.from_day THEN 'planned' WHEN CAST(:today AS date) > t.to_day THEN 'over'
  ELSE 'running' END AS state) s
WHERE (CAST(:id AS uuid) IS NULL OR c.id = CAST(:id AS uuid))
  AND (CAST(:state AS text) IS NULL OR s.state = CAST(:state AS text))
  AND (NOT CAST(:mine AS boolean) OR EXISTS (
    SELECT 1 FROM campaign_zone z JOIN organisation o ON o.id = current_organisation()
    WHERE z.campaign_id = c.id AND (o.kind = 'district' OR o.code = z.township_code)))
  AND (CAST(:before_at AS timestamptz) IS NULL
    OR (c.made_at, c.id) < (CAST(:before_at AS timestamptz), CAST(:before AS uuid)))
ORDER BY c.made_at DESC, c.id DESC
LIMIT CAST(:rows AS integer)

-- campaign_has_zone --
-- Whether a zone is one of a campaign, and of the township of the asker's body (the district's: any).
SELECT EXISTS (
  SELECT 1 FROM campaign_zone z JOIN organisation o ON o.id = current_organisation()
  WHERE z.campaign_id = CAST(:id AS uuid) AND z.code = CAST(:zone AS text)
    AND (o.kind = 'district' OR o.code = z.township_code))

-- unknown_reports --
-- Which of these reports the asker does not see.
SELECT r.id FROM unnest(CAST(CAST(:reports AS text[]) AS uuid[])) AS r (id)
WHERE NOT EXISTS (SELECT 1 FROM report o WHERE o.id = r.id)

-- insert_campaign_result --
-- What somebody found before one door; nothing when the id was used before.
INSERT INTO campaign_result (id, campaign_id, zone_code, account_id, organisation_id, looked_at, received_at, digest, items,
  note)
VALUES (CAST(:result_id AS uuid), CAST(:id AS uuid), CAST(:zone AS text), current_account(), current_organisation(),
  CAST(:looked_at AS timestamptz), CAST(:at AS timestamptz), CAST(:digest AS text), CAST(:items AS jsonb), CAST(:note AS text))
ON CONFLICT ON CONSTRAINT campaign_result_pkey DO NOTHING
RETURNING id

-- link_campaign_reports --
-- The reports that show a zone before and after.
INSERT INTO campaign_result_report (result_id, report_id, role)
SELECT CAST(:result_id AS uuid), l.report, l.role
FROM unnest(CAST(CAST(:reports AS text[]) AS uuid[]), CAST(:roles AS text[])) AS l (report, role)

-- list_campaign_results --
-- Results the asker sees, newest received first, or one of them.
SELECT r.id, r.campaign_id, r.zone_code, r.account_id, r.looked_at, r.received_at, r.digest, CAST(r.items AS text) AS items, r.note,
  CAST((SELECT coalesce(json_agg(json_build_object('report', l.report_id, 'role', l.role) ORDER BY l.role DESC, l.report_id),
    '[]') FROM campaign_result_report l WHERE l.result_id = r.id) AS text) AS reports
FROM campaign_result r
WHERE r.campaign_id = CAST(:id AS uuid) AND (CAST(:result_id AS uuid) IS NULL OR r.id = CAST(:result_id AS uuid))
  AND (CAST(:zone AS text) IS NULL OR r.zone_code = CAST(:zone AS text))
  AND (CAST(:before_at AS timestamptz) IS NULL
    OR (r.received_at, r.id) < (CAST(:before_at AS timestamptz), CAST(:before AS uuid)))
ORDER BY r.received_at DESC, r.id DESC
LIMIT CAST(:rows AS integer)

-- list_campaign_zones --
-- Zones of a campaign with visits and findings, by code or by how far they are from a place; each as its newest version
-- names and places it.
WITH listed AS MATERIALIZED (
  SELECT z.* FROM campaign_zones_v1(CAST(:id AS uuid), CAST(:township AS text), CAST(:state AS text), CAST(:after AS text),
    CASE WHEN CAST(:lon AS double precision) IS NULL THEN CAST(:rows AS integer) END) z
), placed AS (
  SELECT l.*, n.name, n.properties ->> 'street' AS street, ST_PointOnSurface(n.geom) AS place
  FROM listed l
  JOIN campaign c ON c.id = CAST(:id AS uuid)
  JOIN LATERAL (SELECT z.name, z.properties, z.geom FROM zone z WHERE z.kind = c.kind AND z.code = l.code
    ORDER BY z.version DESC LIMIT 1) n ON true
)
SELECT p.code, p.name, p.street, p.township_code, ST_X(p.place) AS lon, ST_Y(p.place) AS lat, p.visits, p.last_visit_at,
  p.looks, p.last_look_at, p.state, p.found, p.fixed, p.reoffended, p.open_items
FROM placed p
ORDER BY CASE WHEN CAST(:lon AS double precision) IS NOT NULL THEN
  ST_DistanceSphere(p.place, ST_SetSRID(ST_MakePoint(CAST(:lon AS double precision), CAST(:lat AS double precision)), 4326))
  END, p.code
LIMIT CAST(:rows AS integer)

-- campaign_progress --
-- The figures of each township, with how many of its zones something is not in order in.
SELECT p.township_code, o.name, p.zones, p.zones_visited, p.zones_done, p.visits, p.visits_counted, p.visits_wanted,
  p.looked_at, coalesce(f.failing, 0) AS failing, p.found, p.fixed, p.reoffended, p.reports, p.cases, p.cases_closed
FROM campaign_progress_v1(CAST(:id AS uuid)) p
LEFT JOIN organisation o ON o.code = p.township_code
LEFT JOIN (
  SELECT z.township_code, count(*) AS failing FROM campaign_zones_v1(CAST(:id AS uuid), NULL, 'open', NULL, NULL) z
  GROUP BY z.township_code) f ON f.township_code IS NOT DISTINCT FROM p.township_code

-- campaign_parts --
-- How many zones of a campaign each township has.
SELECT z.township_code, count(*) AS zones FROM campaign_zone z WHERE z.campaign_id = CAST(:id AS uuid) GROUP BY z.township_code

-- list_campaign_pairs --
-- Cases of a campaign that the asker sees and that have a photo of before and one of after: the first of the one, the last
-- of the other.
WITH photographed AS (
  SELECT k.case_id, k.zone_code, k.township_code, p.report_id, p.sha256, p.role = 'after' AS is_after,
    coalesce(p.captured_at, r.captured_at) AS at
  FROM campaign_cases_v1(CAST(:id AS uuid)) k
  JOIN case_report cr ON cr.case_id = k.case_id
  JOIN report r ON r.id = cr.report_id
  JOIN report_photo p ON p.report_id = r.id AND p.role IN ('scene', 'before', 'after')
  JOIN photo_arrival a ON a.report_id = p.report_id AND a.sha256 = p.sha256
  WHERE CAST(:township AS text) IS NULL OR coalesce(k.township_code, '') = CAST(:township AS text)
), before AS (
  SELECT DISTINCT ON (p.case_id) p.* FROM photographed p WHERE NOT p.is_after ORDER BY p.case_id, p.at, p.sha256
), after AS (
  SELECT DISTINCT ON (p.case_id) p.* FROM photographed p WHERE p.is_after ORDER BY p.case_id, p.at DESC, p.sha256
)
SELECT c.id, c.number, c.category, c.state, b.zone_code, z.name AS zone_name, b.township_code,
  b.report_id AS before_report, b.sha256 AS before_sha256, b.at AS before_at,
  a.report_id AS after_report, a.sha256 AS after_sha256, a.at AS after_at
FROM before b
JOIN after a ON a.case_id = b.case_id
JOIN case_file c ON c.id = b.case_id
JOIN campaign g ON g.id = CAST(:id AS uuid)
JOIN LATERAL (SELECT n.name FROM zone n WHERE n.kind = g.kind AND n.code = b.zone_code ORDER BY n.version DESC LIMIT 1) z
  ON true
WHERE CAST(:before_at AS timestamptz) IS NULL
  OR (a.at, c.id) < (CAST(:before_at AS timestamptz), CAST(:before AS uuid))
ORDER BY a.at DESC, c.id DESC
LIMIT CAST(:rows AS integer)
