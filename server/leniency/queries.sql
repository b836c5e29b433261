-- find_offender --
-- A subject by its code, as it is counted.
SELECT r.id, r.code, r.township_code, v.name
FROM subject s
JOIN subject r ON r.id = subject_root_v1(s.id)
LEFT JOIN LATERAL (SELECT n.name FROM subject_version n WHERE n.subject_id = r.id AND NOT isempty(n.valid)
  ORDER BY lower(n.valid) DESC LIMIT 1) v ON true
WHERE s.code = CAST(:code AS text)

-- find_offence_case --
-- A case the asker sees: its matter, and who answered for its place when its first report was taken.
SELECT c.id, c.number, c.category, coalesce(s.on_day, CAST(c.opened_at AS date)) AS on_day, s.code AS subject
FROM case_file c LEFT JOIN LATERAL case_subject_v1(c.id) s ON true
WHERE c.number = CAST(:number AS text)

-- case_corrected --
-- What the clocks of a case say of putting it right.
SELECT corrected, corrected_at, in_time, opened_at, due_at FROM case_corrected_v1(CAST(:case_id AS uuid))

-- list_offences --
-- Earlier offences of a subject in some matters and a time.
SELECT number, item, at, outcomes
FROM offences_v1(CAST(:subject AS uuid), CAST(:items AS text[]), CAST(:begin AS timestamptz), CAST(:end AS timestamptz),
  CAST(:case_id AS uuid))

-- insert_leniency --
-- Keep a decision; nothing when the id was used before.
INSERT INTO leniency_decision (id, case_id, subject_id, item, rulebook_id, list_code, branch, happened_on, facts, conditions,
  amount_yuan, waived_yuan, reason, education, educated_on, attachments, digest, township_code, organisation_id, decided_on, decided_at,
  decided_by)
VALUES (CAST(:id AS uuid), CAST(:case_id AS uuid), CAST(:subject AS uuid), CAST(:item AS text), CAST(:rulebook AS bigint),
  CAST(:list_code AS text), CAST(:branch AS text), CAST(:happened_on AS date), CAST(:facts AS jsonb),
  CAST(:conditions AS jsonb), CAST(:amount AS numeric), CAST(:waived AS numeric), CAST(:reason AS text),
  CAST(:education AS text), CAST(:educated_on AS date), CAST(:attachments AS text[]), CAST(:digest AS text), CAST(:township AS text),
  current_organisation(), CAST(:today AS date), CAST(:at AS timestamptz), current_account())
ON CONFLICT ON CONSTRAINT leniency_decision_pkey DO NOTHING
RETURNING organisation_id

-- note_in_case --
-- The history of the case has it.
SELECT ledger_append_v1(CAST(:case_id AS uuid), 'leniency.decided', CAST(:body AS text))

-- leniency_digest --
-- What a decision was made of.
SELECT d.digest FROM leniency_decision d WHERE d.id = CAST(:id AS uuid)

-- kept_leniency --
-- Every decision with the facts and the set that it was made by.
SELECT d.id, d.rulebook_id, d.list_code, d.decided_on, CAST(d.facts AS text) AS facts, CAST(d.conditions AS text) AS conditions,
  d.amount_yuan, d.waived_yuan
FROM leniency_decision d ORDER BY d.decided_at, d.id

-- list_leniency --
-- Decisions the asker sees, newest first, or one.
SELECT d.id, c.number AS case_number, s.code AS subject_code, v.name AS subject_name, d.item, d.rulebook_id, d.list_code,
  d.branch, d.happened_on, CAST(d.facts AS text) AS facts, CAST(d.conditions AS text) AS conditions, d.amount_yuan,
  d.waived_yuan, d.reason, d.education, d.educated_on, d.attachments, d.township_code, o.name AS township_name, d.decided_on, d.decided_at,
  account_name_v1(d.decided_by) AS decided_by
FROM leniency_decision d
LEFT JOIN case_file c ON c.id = d.case_id
LEFT JOIN subject s ON s.id = d.subject_id
LEFT JOIN LATERAL (SELECT n.name FROM subject_version n WHERE n.subject_id = d.subject_id AND n.valid @> d.happened_on) v ON true
LEFT JOIN organisation o ON o.code = d.township_code
WHERE (CAST(:id AS uuid) IS NULL OR d.id = CAST(:id AS uuid))
  AND (CAST(:case AS text) IS NULL OR c.number = CAST(:case AS text))
  AND (CAST(:from AS date) IS NULL OR d.decided_on >= CAST(:from AS date))
  AND (CAST(:to AS date) IS NULL OR d.decided_on <= CAST(:to AS date))
  AND (CAST(:township AS text) IS NULL OR d.township_code = CAST(:township AS text))
  AND (CAST(:before_at AS timestamptz) IS NULL
    OR (d.decided_at, d.id) < (CAST(:before_at AS timestamptz), CAST(:before AS uuid)))
ORDER BY d.decided_at DESC, d.id DESC
LIMIT CAST(:rows AS integer)

-- leniency_totals --
-- Decisions the asker sees, counted and summed by branch and township.
SELECT d.branch, d.township_code, o.name AS township_name, count(*) AS count, sum(d.amount_yuan) AS amount_yuan,
  sum(d.waived_yuan) AS waived_yuan
FROM leniency_decision d LEFT JOIN organisation o ON o.code = d.township_code
WHERE (CAST(:from AS date) IS NULL OR d.decided_on >= CAST(:from AS date))
  AND (CAST(:to AS date) IS NULL OR d.decided_on <= CAST(:to AS date))
  AND (CAST(:township AS text) IS NULL OR d.township_code = CAST(:township AS text))
GROUP BY d.branch, d.township_code, o.name
ORDER BY d.township_code, d.branch
