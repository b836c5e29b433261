-- insert_category_list --
-- Keep a checked list as a draft.
INSERT INTO category_list (name, source, source_date, sample, list_id, list_version, digest, categories, created_at,
  created_by)
VALUES (CAST(:name AS text), CAST(:source AS text), CAST(:source_date AS date), CAST(:sample AS boolean),
  CAST(:list_id AS text), CAST(:list_version AS text), CAST(:digest AS text), CAST(:content AS json),
  CAST(:created_at AS timestamptz), current_account())
RETURNING id

-- activate_categories --
-- Bring a draft into force, or say why not.
SELECT categories_activate_v1(CAST(:id AS bigint), CAST(:valid_from AS date), CAST(:today AS date),
  CAST(:at AS timestamptz))

-- withdraw_categories --
-- Take it back before its first day, or say why not.
SELECT dated_take_back_v1('category_list', CAST(:id AS bigint), CAST(:today AS date), CAST(:at AS timestamptz))

-- fetch_category_list --
-- One list with its categories.
SELECT s.id, s.name, s.source, s.source_date, s.sample, s.list_id, s.list_version, s.digest,
  CAST(s.categories AS text) AS categories, s.created_at, account_name_v1(s.created_by) AS created_by, s.activated_at,
  account_name_v1(s.activated_by) AS activated_by, s.withdrawn_at, account_name_v1(s.withdrawn_by) AS withdrawn_by,
  s.withdrawn_from, s.version, lower(s.valid) AS valid_from, upper(s.valid) AS valid_to,
  json_array_length(s.categories) AS category_count
FROM category_list s
WHERE s.id = CAST(:id AS bigint)

-- list_category_lists --
-- Lists without their categories, newest written first.
SELECT s.id, s.name, s.source, s.source_date, s.sample, s.list_id, s.list_version, s.digest, s.created_at,
  account_name_v1(s.created_by) AS created_by, s.activated_at, account_name_v1(s.activated_by) AS activated_by,
  s.withdrawn_at, account_name_v1(s.withdrawn_by) AS withdrawn_by, s.withdrawn_from, s.version,
  lower(s.valid) AS valid_from, upper(s.valid) AS valid_to, json_array_length(s.categories) AS category_count
FROM category_list s
WHERE CAST(:before AS bigint) IS NULL OR s.id < CAST(:before AS bigint)
ORDER BY s.id DESC
LIMIT CAST(:rows AS integer)

-- list_is_there --
-- Whether a list of this name and version is in force, was, or will be.
SELECT EXISTS (
  SELECT 1 FROM category k WHERE k.list_id = CAST(:list_id AS text) AND k.list_version = CAST(:list_version AS text))

-- fetch_categories_on --
-- Categories in force on a day, as far as a trial compares them.
SELECT k.code, k.parent, k.name FROM category k WHERE k.valid @> CAST(:on AS date) ORDER BY k.code

-- fetch_categories_used --
-- Cases, rules and deadlines that name categories.
SELECT CAST(categories_used_v1(CAST(:on AS date), CAST(:since AS timestamptz)) AS text)
