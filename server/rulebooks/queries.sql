-- insert_rulebook --
-- Keep a checked set as a draft.
INSERT INTO rulebook (kind, name, source, source_date, sample, digest, rows, created_at, created_by)
VALUES (CAST(:kind AS text), CAST(:name AS text), CAST(:source AS text), CAST(:source_date AS date),
  CAST(:sample AS boolean), CAST(:digest AS text), CAST(:content AS json), CAST(:created_at AS timestamptz),
  current_account())
RETURNING id

-- activate_rulebook --
-- Bring a draft into force, or say why not.
SELECT rulebook_activate_v1(CAST(:id AS bigint), CAST(:valid_from AS date), CAST(:today AS date), CAST(:at AS timestamptz))

-- withdraw_rulebook --
-- Take it back before its first day, or say why not.
SELECT rulebook_take_back_v1(CAST(:id AS bigint), CAST(:today AS date), CAST(:at AS timestamptz))

-- fetch_rulebook --
-- One set with its rows.
SELECT s.id, s.kind, s.name, s.source, s.source_date, s.sample, s.digest, s.version, CAST(s.rows AS text) AS rows,
  s.created_at, account_name_v1(s.created_by) AS created_by, s.activated_at, account_name_v1(s.activated_by) AS activated_by,
  s.withdrawn_at, account_name_v1(s.withdrawn_by) AS withdrawn_by, s.withdrawn_from,
  lower(s.valid) AS valid_from, upper(s.valid) AS valid_to, json_array_length(s.rows) AS row_count
FROM rulebook s WHERE s.id = CAST(:id AS bigint)

-- list_rulebooks --
-- Sets of a kind without their rows, newest written first.
SELECT s.id, s.kind, s.name, s.source, s.source_date, s.sample, s.digest, s.version,
  s.created_at, account_name_v1(s.created_by) AS created_by, s.activated_at, account_name_v1(s.activated_by) AS activated_by,
  s.withdrawn_at, account_name_v1(s.withdrawn_by) AS withdrawn_by, s.withdrawn_from,
  lower(s.valid) AS valid_from, upper(s.valid) AS valid_to, json_array_length(s.rows) AS row_count
FROM rulebook s
WHERE s.kind = CAST(:kind AS text) AND (CAST(:before AS bigint) IS NULL OR s.id < CAST(:before AS bigint))
ORDER BY s.id DESC
LIMIT CAST(:rows AS integer)

-- rulebook_on --
-- Which set of a kind counts on a day.
SELECT s.id FROM rulebook s WHERE s.kind = CAST(:kind AS text) AND s.valid @> CAST(:on AS date)

-- rulebooks_on --
-- The sets of all kinds that count on a day, without their rows.
SELECT s.id, s.kind, s.name, s.source, s.source_date, s.sample, s.digest, s.version,
  s.created_at, account_name_v1(s.created_by) AS created_by, s.activated_at, account_name_v1(s.activated_by) AS activated_by,
  s.withdrawn_at, account_name_v1(s.withdrawn_by) AS withdrawn_by, s.withdrawn_from,
  lower(s.valid) AS valid_from, upper(s.valid) AS valid_to, json_array_length(s.rows) AS row_count
FROM rulebook s WHERE s.valid @> CAST(:on AS date)

-- newest_rows --
-- Rows of the newest set of a kind that came into force, or will.
SELECT CAST(r.row AS text)
FROM (SELECT s.rows FROM rulebook s WHERE s.kind = CAST(:kind AS text) AND s.version IS NOT NULL AND s.withdrawn_at IS NULL
  ORDER BY s.version DESC LIMIT 1) n, json_array_elements(n.rows) AS r (row)

-- rulebook_is_there --
-- Whether this very content came into force from this day.
SELECT EXISTS (SELECT 1 FROM rulebook s
  WHERE s.kind = CAST(:kind AS text) AND s.digest = CAST(:digest AS text) AND lower(s.valid) = CAST(:valid_from AS date))

-- category_leaves --
-- Categories of the newest list below which there is none: those that reports carry.
SELECT c.code FROM category c
WHERE upper_inf(c.valid) AND NOT EXISTS (SELECT 1 FROM category b WHERE b.parent = c.code AND upper_inf(b.valid))
