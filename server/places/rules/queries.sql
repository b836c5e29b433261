-- fetch_rule_references --
-- What the rules of a set may name: bodies, townships, categories in force on a day or coming, and zones of the codes given.
SELECT CAST(json_build_object(
  'bodies', (SELECT coalesce(json_agg(o.code ORDER BY o.code), '[]') FROM organisation o WHERE o.closed_at IS NULL),
  'townships', (
    SELECT coalesce(json_agg(t.code ORDER BY t.code), '[]')
    FROM (
      SELECT o.code FROM organisation o WHERE o.kind = 'township'
      UNION
      SELECT z.code FROM zone z WHERE z.kind = 'township') t),
  'categories', (
    SELECT coalesce(json_agg(DISTINCT k.code), '[]') FROM category k
    WHERE upper_inf(k.valid) OR upper(k.valid) > CAST(:on AS date)),
  'zones', (
    SELECT coalesce(json_agg(DISTINCT jsonb_build_array(z.code, z.kind)), '[]') FROM zone z
    WHERE z.code = ANY (CAST(:zone_codes AS text[])) AND z.kind <> 'township')
) AS text)

-- insert_rule_set --
-- Keep a checked set as a draft.
INSERT INTO routing_rule_set (name, source, sample, digest, rules, created_at, created_by)
VALUES (CAST(:name AS text), CAST(:source AS text), CAST(:sample AS boolean), CAST(:digest AS text), CAST(:content AS json),
  CAST(:created_at AS timestamptz), current_account())
RETURNING id

-- activate_rule_set --
-- Bring a draft into force, or say why not.
SELECT routing_rules_activate_v1(CAST(:id AS bigint), CAST(:valid_from AS date), CAST(:today AS date),
  CAST(:at AS timestamptz))

-- withdraw_rule_set --
-- Take it back before its first day, or say why not.
SELECT dated_take_back_v1('routing_rule_set', CAST(:id AS bigint), CAST(:today AS date), CAST(:at AS timestamptz))

-- fetch_rule_set --
-- One set with its rules.
SELECT s.id, s.name, s.source, s.sample, s.digest, CAST(s.rules AS text) AS rules, s.created_at,
  account_name_v1(s.created_by) AS created_by, s.activated_at,
  account_name_v1(s.activated_by) AS activated_by, s.withdrawn_at, account_name_v1(s.withdrawn_by) AS withdrawn_by,
  s.withdrawn_from, s.version,
  lower(s.valid) AS valid_from, upper(s.valid) AS valid_to, json_array_length(s.rules) AS rule_count
FROM routing_rule_set s
WHERE s.id = CAST(:id AS bigint)

-- list_rule_sets --
-- Sets without their rules, newest written first.
SELECT s.id, s.name, s.source, s.sample, s.digest, s.created_at,
  account_name_v1(s.created_by) AS created_by, s.activated_at,
  account_name_v1(s.activated_by) AS activated_by, s.withdrawn_at, account_name_v1(s.withdrawn_by) AS withdrawn_by,
  s.withdrawn_from, s.version, lower(s.valid) AS valid_from,
  upper(s.valid) AS valid_to, json_array_length(s.rules) AS rule_count
FROM routing_rule_set s
WHERE CAST(:before AS bigint) IS NULL OR s.id < CAST(:before AS bigint)
ORDER BY s.id DESC
LIMIT CAST(:rows AS integer)

-- fetch_routed_reports --
-- The reports a dry run looks at, newest first.
SELECT r.id, r.received_at, r.captured_at, r.judged_on, r.category, r.category_path, r.lon, r.lat, r.zones, r.body,
  r.case_number
FROM routed_reports_v1(CAST(:received_from AS timestamptz), CAST(:rows AS integer)) r

-- count_reports_since --
-- How many reports there are since then, those beyond the limit of a dry run included.
SELECT count(*) FROM report r WHERE r.received_at >= CAST(:received_from AS timestamptz)

-- list_bodies --
-- Everybody a case can go to.
SELECT CAST(o.id AS text) AS id, o.code, o.name, o.kind FROM organisation o
