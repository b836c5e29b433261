-- insert_indicator_set --
-- Keep a checked set of formulas.
INSERT INTO indicator_set (name, source, sample, valid_from, digest, indicators, created_at, created_by)
VALUES (CAST(:name AS text), CAST(:source AS text), CAST(:sample AS boolean), CAST(:valid_from AS date),
  CAST(:digest AS text), CAST(:indicators AS json), CAST(:at AS timestamptz), current_account())
RETURNING id

-- indicators_in_force --
-- The set of formulas that counts on a day.
SELECT s.id, s.name, s.source, s.sample, s.valid_from, s.digest, CAST(s.indicators AS text) AS indicators
FROM indicator_set s
WHERE s.valid_from <= CAST(:on AS date)
ORDER BY s.valid_from DESC, s.id DESC
LIMIT 1

-- list_indicator_sets --
-- Sets of formulas, newest written first.
SELECT s.id, s.name, s.source, s.sample, s.valid_from, s.digest, CAST(s.indicators AS text) AS indicators
FROM indicator_set s
WHERE CAST(:before AS bigint) IS NULL OR s.id < CAST(:before AS bigint)
ORDER BY s.id DESC
LIMIT CAST(:rows AS integer)

-- count_measures --
-- How many cases count in each measure within a period, by the groups asked for.
SELECT m.township_code, m.category, m.month, m.measure, m.cases
FROM case_measure_count_v1(CAST(:begin AS timestamptz), CAST(:end AS timestamptz), CAST(:township AS text), CAST(:category AS text),
  CAST(:by_township AS boolean), CAST(:by_category AS boolean), CAST(:by_month AS boolean), CAST(:time_zone AS text)) m

-- cases_of_measure --
-- The cases behind a figure, by number.
SELECT c.number, c.township_code, c.category, c.state, c.at
FROM case_measure_v1(CAST(:begin AS timestamptz), CAST(:end AS timestamptz), CAST(:measure AS text),
  CAST(:township AS text), CAST(:category AS text)) c
WHERE CAST(:after AS text) IS NULL OR (c.number, c.at) > (CAST(:after AS text), CAST(:after_at AS timestamptz))
ORDER BY c.number, c.at
LIMIT CAST(:rows AS integer)

-- file_limits --
-- For the rest of this transaction: how long a statement of a file may run, and room to sort without a file where it fits.
-- Nothing ends it for idling: between two batches it waits for whoever reads the file.
SELECT set_config('statement_timeout', CAST(CAST(:timeout_ms AS integer) AS text), true),
  set_config('idle_in_transaction_session_timeout', CAST(CAST(:timeout_ms AS integer) AS text), true),
  set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true),
  set_config('work_mem', '32MB', true)

-- counted_cases --
-- Every case that counts in a period, by number, with how often it counts in each measure, and how many cases there are.
-- A note is that of the report that opened it, where the asker may see that report.
SELECT count(*) OVER () AS total, c.number, c.state, c.township_code, c.category, c.organisation_id,
  ST_X(c.place) AS lon, ST_Y(c.place) AS lat, c.opened_at, c.due_at, c.closed_at, g.zone_code, g.zone_name,
  CASE WHEN c.assignee_id IS NOT NULL THEN account_name_v1(c.assignee_id) END AS assignee,
  CAST(r.payload AS json) ->> 'note' AS note, k.accepted, k.registered, k.refused, k.due, k.closed, k.closed_on_time, k.reworked,
  k.rechecked, k.recheck_failed
FROM (
  SELECT m.case_id,
    count(*) FILTER (WHERE m.measure = 'accepted') AS accepted,
    count(*) FILTER (WHERE m.measure = 'registered') AS registered,
    count(*) FILTER (WHERE m.measure = 'refused') AS refused,
    count(*) FILTER (WHERE m.measure = 'due') AS due,
    count(*) FILTER (WHERE m.measure = 'closed') AS closed,
    count(*) FILTER (WHERE m.measure = 'closed_on_time') AS closed_on_time,
    count(*) FILTER (WHERE m.measure = 'reworked') AS reworked,
    count(*) FILTER (WHERE m.measure = 'rechecked') AS rechecked,
    count(*) FILTER (WHERE m.measure = 'recheck_failed') AS recheck_failed
  FROM case_measure_v1(CAST(:begin AS timestamptz), CAST(:end AS timestamptz), NULL, CAST(:township AS text),
    CAST(:category AS text)) m
  GROUP BY m.case_id
  HAVING CAST(:measure AS text) IS NULL OR bool_or(m.measure = CAST(:measure AS text))) k
JOIN case_file c ON c.id = k.case_id
LEFT JOIN case_glance g ON g.case_id = c.id
LEFT JOIN report r ON r.id = g.report_id
ORDER BY c.number

-- names_of_organisations --
-- What bodies and their places are called.
SELECT o.id, o.code, o.name, o.body_name FROM organisation o

-- names_of_categories --
-- What categories are called, those that are no more by their last name.
SELECT DISTINCT ON (k.code) k.code, k.name, k.name_en FROM category k ORDER BY k.code, lower(k.valid) DESC

-- closed_between --
-- Numbers of all cases that closed in a period and still are, in order.
SELECT c.number
FROM case_file c
WHERE c.state = 'closed' AND c.closed_at >= CAST(:begin AS timestamptz) AND c.closed_at < CAST(:end AS timestamptz)
  AND (CAST(:township AS text) IS NULL OR coalesce(c.township_code, '') = CAST(:township AS text))
  AND (CAST(:category AS text) IS NULL OR c.category = CAST(:category AS text))
ORDER BY c.number

-- insert_recheck --
-- A sample as it was drawn.
INSERT INTO recheck (id, seed, from_day, to_day, township_code, category, population, drawn, drawn_at, drawn_by)
VALUES (CAST(:id AS uuid), CAST(:seed AS text), CAST(:from_day AS date), CAST(:to_day AS date), CAST(:township AS text),
  CAST(:category AS text), CAST(:population AS text[]), CAST(:drawn AS text[]), CAST(:at AS timestamptz), current_account())

-- fetch_recheck --
-- One sample as it was drawn.
SELECT r.id, r.seed, r.from_day, r.to_day, r.township_code, r.category, r.population, r.drawn, r.drawn_at
FROM recheck r
WHERE r.id = CAST(:id AS uuid)

-- kept_rechecks --
-- Every sample as it was drawn, oldest first.
SELECT r.id, r.seed, r.population, r.drawn FROM recheck r ORDER BY r.drawn_at, r.id

-- recheck_rows --
-- The cases of a sample in the order they were drawn: who is to look at each, and what was found.
SELECT c.number, c.township_code, c.category, c.state, g.account_id AS checker_id,
  account_name_v1(g.account_id) AS checker_name, f.passed, f.note, f.checked_at, account_name_v1(f.checked_by) AS checked_by,
  f.report_id, p.captured_at AS seen_at
FROM recheck r
CROSS JOIN LATERAL unnest(r.drawn) WITH ORDINALITY AS d (number, place)
JOIN case_file c ON c.number = d.number
LEFT JOIN LATERAL (
  SELECT a.account_id FROM recheck_assignment a WHERE a.recheck_id = r.id AND a.case_id = c.id
  ORDER BY a.id DESC LIMIT 1) g ON true
LEFT JOIN recheck_result f ON f.recheck_id = r.id AND f.case_id = c.id
LEFT JOIN report p ON p.id = f.report_id
WHERE r.id = CAST(:id AS uuid)
ORDER BY d.place

-- recheck_population --
-- How many cases of a sample's population each township has.
SELECT c.township_code, o.name, count(*) AS population
FROM recheck r
JOIN case_file c ON c.number = ANY (r.population)
LEFT JOIN organisation o ON o.code = c.township_code
WHERE r.id = CAST(:id AS uuid)
GROUP BY c.township_code, o.name
ORDER BY c.township_code NULLS LAST

-- recheck_checkers --
-- Checkers of the district.
SELECT c.account_id, c.display_name FROM recheck_checkers_v1() c

-- recheck_hands --
-- The cases of a sample: to whom each was given, whether it was not looked at yet, and who had a hand in it.
SELECT c.number, c.id AS case_id, g.account_id, f.recheck_id IS NULL AS open, CAST(ARRAY(
    SELECT CAST(l.actor_id AS text) FROM ledger l
    WHERE l.case_id = c.id AND l.action IN ('case.accepted', 'case.started', 'case.replied', 'case.passed')
    UNION SELECT CAST(c.checker_id AS text) WHERE c.checker_id IS NOT NULL) AS text[]) AS hands
FROM recheck r
JOIN case_file c ON c.number = ANY (r.drawn)
LEFT JOIN LATERAL (
  SELECT a.account_id FROM recheck_assignment a WHERE a.recheck_id = r.id AND a.case_id = c.id
  ORDER BY a.id DESC LIMIT 1) g ON true
LEFT JOIN recheck_result f ON f.recheck_id = r.id AND f.case_id = c.id
WHERE r.id = CAST(:id AS uuid)

-- insert_recheck_assignments --
-- Who is to look at which cases of a sample from now on.
INSERT INTO recheck_assignment (recheck_id, case_id, account_id, given_at, given_by)
SELECT CAST(:id AS uuid), CAST(g.case_id AS uuid), CAST(g.account_id AS uuid), CAST(:at AS timestamptz), current_account()
FROM unnest(CAST(:cases AS text[]), CAST(:accounts AS text[])) AS g (case_id, account_id)

-- recheck_tasks --
-- Closed cases that the asker is to look at and has not yet.
SELECT g.recheck_id, c.number, c.version, c.category, c.township_code, ST_X(c.place) AS lon, ST_Y(c.place) AS lat,
  c.closed_at, g.given_at
FROM recheck_assignment g
JOIN case_file c ON c.id = g.case_id
WHERE g.account_id = current_account() AND c.state = 'closed'
  AND NOT EXISTS (SELECT 1 FROM recheck_assignment n
    WHERE n.recheck_id = g.recheck_id AND n.case_id = g.case_id AND n.id > g.id)
  AND NOT EXISTS (SELECT 1 FROM recheck_result f WHERE f.recheck_id = g.recheck_id AND f.case_id = g.case_id)
ORDER BY g.given_at, c.number

-- list_rechecks --
-- Samples, newest drawn first.
SELECT r.id, r.seed, r.from_day, r.to_day, r.township_code, r.category, cardinality(r.population) AS population,
  cardinality(r.drawn) AS drawn, r.drawn_at,
  (SELECT count(*) FROM recheck_result f WHERE f.recheck_id = r.id) AS checked,
  (SELECT count(*) FROM recheck_result f WHERE f.recheck_id = r.id AND NOT f.passed) AS failed
FROM recheck r
WHERE CAST(:before_at AS timestamptz) IS NULL
  OR (r.drawn_at, r.id) < (CAST(:before_at AS timestamptz), CAST(:before AS uuid))
ORDER BY r.drawn_at DESC, r.id DESC
LIMIT CAST(:rows AS integer)

-- fetch_recheck_case --
-- One case of a sample: what was found before, and whether the asker had a hand in it.
SELECT c.id AS case_id, f.passed, c.checker_id = current_account() OR EXISTS (
    SELECT 1 FROM ledger l
    WHERE l.case_id = c.id AND l.actor_id = current_account()
      AND l.action IN ('case.accepted', 'case.started', 'case.replied', 'case.passed')) AS own,
  CAST(:report AS uuid) IS NULL OR EXISTS (
    SELECT 1 FROM case_report k JOIN report p ON p.id = k.report_id
    WHERE k.case_id = c.id AND p.id = CAST(:report AS uuid) AND p.officer_id = current_account()) AS photographed
FROM recheck r
JOIN case_file c ON c.number = CAST(:number AS text) AND c.number = ANY (r.drawn)
LEFT JOIN recheck_result f ON f.recheck_id = r.id AND f.case_id = c.id
WHERE r.id = CAST(:id AS uuid)

-- insert_recheck_result --
-- What a second look at one case of a sample found; nothing when somebody was first.
INSERT INTO recheck_result (recheck_id, case_id, passed, note, report_id, checked_at, checked_by)
VALUES (CAST(:id AS uuid), CAST(:case_id AS uuid), CAST(:passed AS boolean), CAST(:note AS text), CAST(:report AS uuid),
  CAST(:at AS timestamptz), current_account())
ON CONFLICT ON CONSTRAINT recheck_result_pkey DO NOTHING
