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
SELECT m.township_code, m.category, m.month, m.measure, count(*) AS cases
FROM (
  SELECT c.measure,
    CASE WHEN CAST(:by_township AS boolean) THEN coalesce(c.township_code, '') END AS township_code,
    CASE WHEN CAST(:by_category AS boolean) THEN c.category END AS category,
    CASE WHEN CAST(:by_month AS boolean) THEN to_char(c.at AT TIME ZONE CAST(:time_zone AS text), 'YYYY-MM') END AS month
  FROM case_measure c
  WHERE c.at >= CAST(:begin AS timestamptz) AND c.at < CAST(:end AS timestamptz)
    AND (CAST(:township AS text) IS NULL OR coalesce(c.township_code, '') = CAST(:township AS text))
    AND (CAST(:category AS text) IS NULL OR c.category = CAST(:category AS text))) m
GROUP BY m.township_code, m.category, m.month, m.measure
ORDER BY m.township_code, m.category, m.month, m.measure

-- cases_of_measure --
-- The cases behind a figure, by number.
SELECT c.number, c.township_code, c.category, c.state, c.at
FROM case_measure c
WHERE c.measure = CAST(:measure AS text) AND c.at >= CAST(:begin AS timestamptz) AND c.at < CAST(:end AS timestamptz)
  AND (CAST(:township AS text) IS NULL OR coalesce(c.township_code, '') = CAST(:township AS text))
  AND (CAST(:category AS text) IS NULL OR c.category = CAST(:category AS text))
  AND (CAST(:after AS text) IS NULL OR (c.number, c.at) > (CAST(:after AS text), CAST(:after_at AS timestamptz)))
ORDER BY c.number, c.at
LIMIT CAST(:rows AS integer)

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
-- One sample with what was found so far.
SELECT r.id, r.seed, r.from_day, r.to_day, r.township_code, r.category, r.population, r.drawn, r.drawn_at, CAST((
    SELECT coalesce(json_object_agg(c.number, json_build_object('passed', f.passed, 'note', f.note, 'checked_at', f.checked_at)),
      '{}')
    FROM recheck_result f JOIN case_file c ON c.id = f.case_id
    WHERE f.recheck_id = r.id) AS text) AS results
FROM recheck r
WHERE r.id = CAST(:id AS uuid)

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
      AND l.action IN ('case.accepted', 'case.started', 'case.replied', 'case.passed')) AS own
FROM recheck r
JOIN case_file c ON c.number = CAST(:number AS text) AND c.number = ANY (r.drawn)
LEFT JOIN recheck_result f ON f.recheck_id = r.id AND f.case_id = c.id
WHERE r.id = CAST(:id AS uuid)

-- insert_recheck_result --
-- What a second look at one case of a sample found; nothing when somebody was first.
INSERT INTO recheck_result (recheck_id, case_id, passed, note, checked_at, checked_by)
VALUES (CAST(:id AS uuid), CAST(:case_id AS uuid), CAST(:passed AS boolean), CAST(:note AS text), CAST(:at AS timestamptz),
  current_account())
ON CONFLICT ON CONSTRAINT recheck_result_pkey DO NOTHING
