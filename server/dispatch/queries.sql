-- fetch_subject --
-- The case that is asked about: what its candidates are compared with.
SELECT c.id, c.category, c.opened_at, o.code AS body_code,
  (SELECT k.parent FROM category k WHERE k.code = c.category AND k.valid @> CAST(c.opened_at AS date) LIMIT 1) AS parent
FROM case_file c JOIN organisation o ON o.id = c.organisation_id
WHERE c.number = CAST(:number AS text)

-- find_duplicates --
-- Cases that could be the same thing, nearest first, within what the asker may see.
SELECT d.number, d.state, d.category, d.parent, d.opened_at, d.distance_m, d.zone, d.bits_apart, d.same_photo
FROM case_duplicates_v1(CAST(:case_id AS uuid), CAST(:radius_m AS double precision), CAST(:ended_since AS timestamptz),
  CAST(:ends AS text[]), CAST(:kinds AS text[]), CAST(:rows AS integer)) d

-- rank_officers --
-- Officers who could go, the cheapest first; each position that is shown is noted.
SELECT o.account_id, o.username, o.display_name, o.role, o.body_code, o.body_name, o.area, o.lon, o.lat, o.fixed_at,
  o.distance_m, o.open_cases, o.cost_m, o.on_duty
FROM officers_for_case_v1(CAST(:case_id AS uuid), CAST(:at AS timestamptz), CAST(:fix_since AS timestamptz),
  CAST(:ends AS text[]), CAST(:weights AS jsonb), CAST(:rows AS integer)) o

-- list_assignees --
-- People of a body who could be expected at a case, those with the fewest open cases first.
SELECT a.account_id, a.display_name, a.role, a.body_code, a.body_name, a.on_duty, a.open_cases
FROM case_assignees_v1(CAST(:case_id AS uuid), CAST(:body AS text), CAST(:ends AS text[]), CAST(:at AS timestamptz)) a
