-- scored_townships --
-- Townships of the district that the asker may see figures of, by code.
SELECT o.code, o.name FROM organisation o WHERE o.kind = 'township' AND may_see(o.id, NULL) ORDER BY o.code

-- mean_of_records --
-- Mean score of a form's records, or of one of its heads, by township they are about; corrected ones by their correction.
SELECT r.township_code, count(*) AS records, round(avg(r.score), 6) AS mean
FROM (
  SELECT f.township_code,
    CASE WHEN CAST(:head AS text) IS NULL THEN f.score ELSE CAST(f.heads -> CAST(:head AS text) ->> 'score' AS numeric) END AS score
  FROM form_record f
  WHERE f.form = CAST(:form AS text) AND f.day BETWEEN CAST(:first AS date) AND CAST(:last AS date)
    AND NOT EXISTS (SELECT 1 FROM form_record n WHERE n.corrects = f.id)) r
WHERE r.score IS NOT NULL AND r.township_code IS NOT NULL
GROUP BY r.township_code

-- insert_scorecard_run --
-- A scorecard as it was worked out.
INSERT INTO scorecard_run (rulebook_id, code, from_day, to_day, inputs, result, digest, made_at, made_by)
VALUES (CAST(:rulebook AS bigint), CAST(:code AS text), CAST(:first AS date), CAST(:last AS date), CAST(:inputs AS text),
  CAST(:result AS text), CAST(:digest AS text), CAST(:at AS timestamptz), current_account())
RETURNING id

-- fetch_scorecard_run --
-- One run with its inputs and result.
SELECT r.id, r.rulebook_id, r.code, r.from_day, r.to_day, r.inputs, r.result, r.digest, r.made_at,
  account_name_v1(r.made_by) AS made_by_name
FROM scorecard_run r WHERE r.id = CAST(:id AS uuid)

-- kept_scorecard_runs --
-- Every run, oldest first.
SELECT r.id, r.rulebook_id, r.code, r.from_day, r.to_day, r.inputs, r.result, r.digest
FROM scorecard_run r ORDER BY r.made_at, r.id

-- list_scorecard_runs --
-- Runs, newest first, of one scorecard where it is named.
SELECT r.id, r.code, r.from_day, r.to_day, r.digest, r.made_at, account_name_v1(r.made_by) AS made_by_name
FROM scorecard_run r
WHERE (CAST(:code AS text) IS NULL OR r.code = CAST(:code AS text))
  AND (CAST(:before_at AS timestamptz) IS NULL
    OR (r.made_at, r.id) < (CAST(:before_at AS timestamptz), CAST(:before AS uuid)))
ORDER BY r.made_at DESC, r.id DESC
LIMIT CAST(:rows AS integer)
