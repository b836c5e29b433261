-- fetch_plan_references --
-- What the plans of a set may name: townships, and of the names given those streets, zones and teams that there are.
SELECT CAST(json_build_object(
  'townships', (
    SELECT coalesce(json_agg(t.code), '[]')
    FROM (
      SELECT o.code FROM organisation o WHERE o.kind = 'township'
      UNION
      SELECT z.code FROM zone z WHERE z.kind = 'township') t),
  'streets', (
    SELECT coalesce(json_agg(t.name), '[]')
    FROM (
      SELECT s.name FROM street s WHERE s.name = ANY (CAST(:streets AS text[]))
      UNION
      SELECT z.properties ->> 'street' FROM zone z
      WHERE z.kind IN ('frontage', 'parking', 'site', 'service_point')
        AND z.properties ->> 'street' = ANY (CAST(:streets AS text[]))) t),
  'codes', (
    SELECT coalesce(json_agg(DISTINCT z.code), '[]') FROM zone z
    WHERE z.code = ANY (CAST(:codes AS text[])) AND z.kind IN ('frontage', 'parking', 'site', 'service_point')),
  'teams', (
    SELECT coalesce(json_agg(json_build_array(t.name, o.code, t.id)), '[]')
    FROM team t JOIN organisation o ON o.id = t.organisation_id
    WHERE t.name = ANY (CAST(:teams AS text[])))
) AS text)

-- insert_plan_set --
-- Keep a checked set as a draft.
INSERT INTO patrol_plan_set (name, source, sample, digest, plans, time_zone, created_at, created_by)
VALUES (CAST(:name AS text), CAST(:source AS text), CAST(:sample AS boolean), CAST(:digest AS text), CAST(:content AS json),
  CAST(:time_zone AS text), CAST(:created_at AS timestamptz), current_account())
RETURNING id

-- activate_plan_set --
-- Bring a draft into force, or say why not.
SELECT patrol_plans_activate_v1(CAST(:id AS bigint), CAST(:valid_from AS date), CAST(:today AS date),
  CAST(:at AS timestamptz))

-- withdraw_plan_set --
-- Take it back before its first day, or say why not.
SELECT dated_take_back_v1('patrol_plan_set', CAST(:id AS bigint), CAST(:today AS date), CAST(:at AS timestamptz))

-- fetch_plan_set --
-- One set with its plans.
SELECT s.id, s.name, s.source, s.sample, s.digest, CAST(s.plans AS text) AS plans, s.created_at,
  account_name_v1(s.created_by) AS created_by, s.activated_at,
  account_name_v1(s.activated_by) AS activated_by, s.withdrawn_at, account_name_v1(s.withdrawn_by) AS withdrawn_by,
  s.withdrawn_from, s.version,
  lower(s.valid) AS valid_from, upper(s.valid) AS valid_to, json_array_length(s.plans) AS plan_count
FROM patrol_plan_set s
WHERE s.id = CAST(:id AS bigint)

-- list_plan_sets --
-- Sets without their plans, newest written first.
SELECT s.id, s.name, s.source, s.sample, s.digest, s.created_at,
  account_name_v1(s.created_by) AS created_by, s.activated_at,
  account_name_v1(s.activated_by) AS activated_by, s.withdrawn_at, account_name_v1(s.withdrawn_by) AS withdrawn_by,
  s.withdrawn_from, s.version, lower(s.valid) AS valid_from,
  upper(s.valid) AS valid_to, json_array_length(s.plans) AS plan_count
FROM patrol_plan_set s
WHERE CAST(:before AS bigint) IS NULL OR s.id < CAST(:before AS bigint)
ORDER BY s.id DESC
LIMIT CAST(:rows AS integer)

-- fetch_planned_fronts --
-- Every front of a day with what plans choose by, and the terms of the set in force that day.
SELECT f.kind, f.code, f.township_code, f.street, f.length_m
FROM patrol_front f JOIN zone z ON z.id = f.zone_id
WHERE z.valid @> CAST(:on AS date)

-- fetch_plans_on --
-- The set in force on a day.
SELECT CAST(s.plans AS text) FROM patrol_plan_set s WHERE s.valid @> CAST(:on AS date)
