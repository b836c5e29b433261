-- fetch_deadline_references --
-- What a table may name: categories in force on a day or coming, by their lists; and whether there are office hours.
SELECT CAST(json_build_object(
  'lists', (
    SELECT coalesce(json_agg(json_build_object('id', l.list_id, 'version', l.list_version, 'codes', l.codes)), '[]')
    FROM (
      SELECT k.list_id, k.list_version, json_agg(DISTINCT k.code) AS codes FROM category k
      WHERE upper_inf(k.valid) OR upper(k.valid) > CAST(:on AS date)
      GROUP BY k.list_id, k.list_version) l),
  'hours', EXISTS (SELECT 1 FROM work_schedule)
) AS text)

-- insert_deadline_table --
-- Keep a checked table as a draft.
INSERT INTO deadline_table (name, jurisdiction, source, sample, list_id, list_version, digest, rows, created_at, created_by)
VALUES (CAST(:name AS text), CAST(:jurisdiction AS text), CAST(:source AS text), CAST(:sample AS boolean),
  CAST(:list_id AS text), CAST(:list_version AS text), CAST(:digest AS text), CAST(:content AS json),
  CAST(:created_at AS timestamptz), current_account())
RETURNING id

-- activate_deadlines --
-- Bring a draft into force, or say why not.
SELECT deadlines_activate_v1(CAST(:id AS bigint), CAST(:valid_from AS date), CAST(:today AS date), CAST(:at AS timestamptz))

-- withdraw_deadlines --
-- Take it back before its first day, or say why not.
SELECT dated_take_back_v1('deadline_table', CAST(:id AS bigint), CAST(:today AS date), CAST(:at AS timestamptz))

-- fetch_deadline_table --
-- One table with its rows.
SELECT t.id, t.name, t.jurisdiction, t.source, t.sample, t.list_id, t.list_version, t.digest,
  CAST(t.rows AS text) AS rows, t.created_at,
  account_name_v1(t.created_by) AS created_by, t.activated_at,
  account_name_v1(t.activated_by) AS activated_by, t.withdrawn_at, account_name_v1(t.withdrawn_by) AS withdrawn_by,
  t.withdrawn_from, t.version, lower(t.valid) AS valid_from, upper(t.valid) AS valid_to,
  (SELECT count(*) FROM json_object_keys(t.rows)) AS row_count
FROM deadline_table t
WHERE t.id = CAST(:id AS bigint)

-- list_deadline_tables --
-- Tables without their rows, newest written first.
SELECT t.id, t.name, t.jurisdiction, t.source, t.sample, t.list_id, t.list_version, t.digest, t.created_at,
  account_name_v1(t.created_by) AS created_by, t.activated_at,
  account_name_v1(t.activated_by) AS activated_by, t.withdrawn_at, account_name_v1(t.withdrawn_by) AS withdrawn_by,
  t.withdrawn_from, t.version,
  lower(t.valid) AS valid_from, upper(t.valid) AS valid_to, (SELECT count(*) FROM json_object_keys(t.rows)) AS row_count
FROM deadline_table t
WHERE CAST(:before AS bigint) IS NULL OR t.id < CAST(:before AS bigint)
ORDER BY t.id DESC
LIMIT CAST(:rows AS integer)

-- fetch_deadline_on --
-- The row in force for a category on a day.
SELECT CAST(case_deadline_v1(CAST(:category AS text), CAST(:on AS date)) AS text)

-- fetch_category_path --
-- A category of a day with those above it, from the root down.
SELECT category_path_v1(CAST(:category AS text), CAST(:on AS date))

-- fetch_cases_timed --
-- Cases of the last days and clocks that run now, by category.
SELECT f.category, count(*) FILTER (WHERE f.opened_at >= CAST(:since AS timestamptz)) AS recent,
  count(*) FILTER (WHERE f.closed_at IS NULL AND EXISTS (
    SELECT 1 FROM case_clock k WHERE k.case_id = f.id AND k.stopped_at IS NULL)) AS running
FROM case_file f
WHERE f.closed_at IS NULL OR f.opened_at >= CAST(:since AS timestamptz)
GROUP BY f.category
ORDER BY f.category

-- fetch_case_clocks --
-- The clocks of one case, and the schedules that say how much of them is used; row-level security decides whether it
-- is there at all.
SELECT CAST(json_build_object('clocks', case_clocks_v1(c.id),
  'schedules', (
    SELECT coalesce(json_agg(json_build_object('id', s.id, 'digest', s.digest, 'content', s.content)), '[]')
    FROM work_schedule s WHERE s.id IN (SELECT k.schedule_id FROM case_clock k WHERE k.case_id = c.id))
) AS text)
FROM case_file c
WHERE c.number = CAST(:number AS text)
