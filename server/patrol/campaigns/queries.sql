-- insert_campaign --
-- A campaign with its first terms.
WITH made AS (
  INSERT INTO campaign (id, kind, from_day, selection, checklist, made_at, made_by)
  VALUES (CAST(:id AS uuid), CAST(:kind AS text), CAST(:first AS date), CAST(:selection AS jsonb), CAST(:checklist AS json),
    CAST(:at AS timestamptz), current_account())
  RETURNING id
)
INSERT INTO campaign_terms (campaign_id, version, name, note, to_day, target_visits, decided_at, decided_by)
SELECT m.id, 1, CAST(:name AS text), CAST(:note AS text), CAST(:last AS date), CAST(:target_visits AS integer),
  CAST(:at AS timestamptz), current_account()
FROM made m

-- choose_campaign_zones --
-- The zones of the first day that a selection names, or that everything else it says applies to; at most as many as asked.
WITH wanted AS (
  SELECT CAST(:codes AS text[]) AS codes, CAST(:trades AS text[]) AS trades, CAST(:streets AS text[]) AS streets,
    CAST(:townships AS text[]) AS townships
)
INSERT INTO campaign_zone (campaign_id, code, township_code)
SELECT CAST(:id AS uuid), z.code, z.township_code
FROM zone z CROSS JOIN wanted w
WHERE z.kind = CAST(:kind AS text) AND z.valid @> CAST(:first AS date)
  AND (z.code = ANY (w.codes)
    OR (cardinality(w.trades || w.streets || w.townships) > 0
      AND (w.trades = '{}' OR z.properties ->> 'trade' = ANY (w.trades))
      AND (w.streets = '{}' OR z.properties ->> 'street' = ANY (w.streets))
      AND (w.townships = '{}' OR z.township_code = ANY (w.townships))))
ORDER BY z.code
LIMIT CAST(:most AS integer)
RETURNING code

-- insert_campaign_terms --
-- The next version of the terms, when nobody was first: what is null stays as it was.
INSERT INTO campaign_terms (campaign_id, version, name, note, to_day, target_visits, cancelled_because, decided_at, decided_by)
SELECT t.campaign_id, t.version + 1, coalesce(CAST(:name AS text), t.name), coalesce(CAST(:note AS text), t.note),
  coalesce(CAST(:last AS date), t.to_day), coalesce(CAST(:target_visits AS integer), t.target_visits),
  coalesce(CAST(:cancelled_because AS text), t.cancelled_because), CAST(:at AS timestamptz), current_account()
FROM campaign_terms t
WHERE t.campaign_id = CAST(:id AS uuid) AND t.version = CAST(:version AS integer)
ON CONFLICT ON CONSTRAINT campaign_terms_pkey DO NOTHING
RETURNING version

-- list_campaigns --
-- Campaigns as they stand, newest first, or one of them.
SELECT c.id, c.kind, c.from_day, CAST(c.selection AS text) AS selection, CAST(c.checklist AS text) AS checklist, c.made_at,
  t.version, t.name, t.note, t.to_day, t.target_visits, t.cancelled_because, t.decided_at, s.state,
  (SELECT count(*) FROM campaign_zone z WHERE z.campaign_id = c.id) AS zones
FROM campaign c
JOIN LATERAL (SELECT n.* FROM campaign_terms n WHERE n.campaign_id = c.id ORDER BY n.version DESC LIMIT 1) t ON true
CROSS JOIN LATERAL (SELECT CASE WHEN t.cancelled_because IS NOT NULL THEN 'cancelled'
  WHEN CAST(:today AS date) < c.from_day THEN 'planned' WHEN CAST(:today AS date) > t.to_day THEN 'over'
  ELSE 'running' END AS state) s
WHERE (CAST(:id AS uuid) IS NULL OR c.id = CAST(:id AS uuid))
  AND (CAST(:state AS text) IS NULL OR s.state = CAST(:state AS text))
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
-- Zones of a campaign by code, with visits and findings.
SELECT z.code, z.township_code, z.visits, z.last_visit_at, z.looks, z.last_look_at, z.state, z.found, z.fixed, z.reoffended,
  z.open_items
FROM campaign_zones_v1(CAST(:id AS uuid), CAST(:township AS text), CAST(:state AS text), CAST(:after AS text),
  CAST(:rows AS integer)) z

-- campaign_progress --
-- The figures of each township.
SELECT p.township_code, o.name, p.zones, p.zones_visited, p.zones_done, p.visits, p.visits_counted, p.visits_wanted,
  p.looked_at, p.found, p.fixed, p.reoffended, p.reports, p.cases, p.cases_closed
FROM campaign_progress_v1(CAST(:id AS uuid)) p
LEFT JOIN organisation o ON o.code = p.township_code
