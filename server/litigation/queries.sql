-- insert_matter --
-- Begin a matter of the body that answers for a case or a township; nothing when there is no such place.
INSERT INTO legal_matter (id, kind, reference, case_id, organisation_id, source, digest, created_at, created_by)
SELECT CAST(:id AS uuid), CAST(:kind AS text), CAST(:reference AS text), f.id, coalesce(f.organisation_id, o.id), '',
  CAST(:digest AS text), CAST(:at AS timestamptz), current_account()
FROM (SELECT CAST(:case AS text) AS number, CAST(:township AS text) AS township) asked
LEFT JOIN case_file f ON f.number = asked.number
LEFT JOIN organisation o ON o.code = asked.township
WHERE (asked.number IS NULL) = (f.id IS NULL) AND coalesce(f.organisation_id, o.id) IS NOT NULL
ON CONFLICT (id) DO NOTHING
RETURNING case_id

-- matter_digest --
-- What stands under an id already.
SELECT m.digest FROM legal_matter m WHERE m.id = CAST(:id AS uuid)

-- note_matter --
-- The history of the case has that a matter began.
SELECT ledger_append_v1(CAST(:case_id AS uuid), 'litigation.begun', CAST(:body AS text))

-- lock_matter --
-- One matter, held until the transaction ends, so that its entries are numbered in turn, with the terms that began.
SELECT m.kind, m.reference, (SELECT coalesce(max(e.seq), 0) FROM legal_entry e WHERE e.matter_id = m.id) AS seq, m.organisation_id,
  ARRAY(SELECT k.code FROM legal_clock k WHERE k.matter_id = m.id) AS begun,
  (SELECT schedule_on_v1(m.organisation_id, CAST(:on AS date), ARRAY[]::bigint[])) AS schedule
FROM (SELECT pg_advisory_xact_lock(hashtext(CAST(:id AS text))) AS held) l, legal_matter m
WHERE m.id = CAST(:id AS uuid)

-- entry_digest --
-- What stands under an id already.
SELECT e.digest FROM legal_entry e WHERE e.id = CAST(:id AS uuid)

-- insert_entry --
-- Write down what happened, in the history of the case too where there is one.
INSERT INTO legal_entry (id, matter_id, seq, kind, on_day, outcome, document, attachment, note, digest, recorded_at, recorded_by,
  ledger_seq)
SELECT CAST(:id AS uuid), m.id, CAST(:seq AS integer), CAST(:kind AS text), CAST(:on AS date),
  CAST(:outcome AS text), CAST(:document AS text), CAST(:attachment AS text), CAST(:note AS text), CAST(:digest AS text),
  CAST(:at AS timestamptz), current_account(),
  CASE WHEN m.case_id IS NOT NULL THEN ledger_append_v1(m.case_id, 'litigation.' || CAST(:kind AS text), CAST(:body AS text)) END
FROM legal_matter m WHERE m.id = CAST(:matter_id AS uuid)

-- insert_clock --
-- Begin a term.
INSERT INTO legal_clock (matter_id, code, rulebook_id, entry_id, ends, due_on, warn_on)
VALUES (CAST(:matter_id AS uuid), CAST(:code AS text), CAST(:rulebook_id AS bigint), CAST(:entry_id AS uuid),
  CAST(:ends AS text[]), CAST(:due_on AS date), CAST(:warn_on AS date))

-- list_matters --
-- Matters one may see, newest first; any narrowing may be null.
SELECT q.* FROM (
  SELECT m.id, m.kind, m.reference, f.number AS "case", o.code AS body_code, o.body_name AS body_name,
    m.source, m.created_at, n.kind AS state, n.outcome, n.on_day AS "on",
    (SELECT min(r.due_on) FROM legal_clock_running r WHERE r.matter_id = m.id) AS next_due_on
  FROM legal_matter m
  JOIN organisation o ON o.id = m.organisation_id
  LEFT JOIN case_file f ON f.id = m.case_id
  LEFT JOIN LATERAL (
    SELECT e.kind, e.outcome, e.on_day FROM legal_entry e
    WHERE e.matter_id = m.id AND e.kind <> 'document' ORDER BY e.seq DESC LIMIT 1) n ON true
  WHERE (CAST(:id AS uuid) IS NULL OR m.id = CAST(:id AS uuid))
    AND (CAST(:kind AS text) IS NULL OR m.kind = CAST(:kind AS text))
    AND (CAST(:case AS text) IS NULL OR f.number = CAST(:case AS text))
    AND (CAST(:after_at AS timestamptz) IS NULL
      OR (m.created_at, m.id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))) q
WHERE CAST(:due_by AS date) IS NULL OR q.next_due_on <= CAST(:due_by AS date)
ORDER BY q.created_at DESC, q.id DESC
LIMIT CAST(:rows AS integer)

-- list_entries --
-- What happened in a matter, in order.
SELECT e.id, e.seq, e.kind, e.on_day AS "on", e.outcome, e.document, e.attachment, e.note, e.recorded_at, e.ledger_seq,
  account_name_v1(e.recorded_by) AS recorded_by
FROM legal_entry e WHERE e.matter_id = CAST(:id AS uuid) ORDER BY e.seq

-- list_clocks --
-- Terms of a matter, whether they run, and when they were told of.
SELECT k.code, k.rulebook_id, k.due_on, k.warn_on, r.matter_id IS NOT NULL AS runs,
  ARRAY(SELECT w.told_at FROM term_warning w
    WHERE w.practice = 'litigation' AND w.thing = k.matter_id AND w.code = k.code ORDER BY w.told_at) AS told_at
FROM legal_clock k
LEFT JOIN legal_clock_running r ON r.matter_id = k.matter_id AND r.code = k.code
WHERE k.matter_id = CAST(:id AS uuid) ORDER BY k.due_on, k.code

-- count_rates --
-- Penalties decided here, penalty cases of before that ended, and reconsiderations and lawsuits that were accepted in a period,
-- by body; bodies without any too. One of before under the number of a proceeding of ours, of its paper or of its document
-- is that of ours, and counts once.
WITH decided AS (
  SELECT d.organisation_id, CAST(d.decided_at AT TIME ZONE CAST(:time_zone AS text) AS date) AS on_day,
    ARRAY[d.proceeding_number, w.code, w.content ->> 'number'] AS numbers
  FROM decision_v1 d LEFT JOIN document w ON w.id = d.document_id
  WHERE d.outcome IN ('warning', 'mitigated', 'penalty')
), happened AS (
  SELECT m.organisation_id, CASE WHEN m.kind = 'penalty' THEN 'imported' ELSE m.kind END AS kind,
    min(e.on_day) FILTER (WHERE e.kind = 'accepted') AS accepted_on,
    min(e.on_day) FILTER (WHERE e.kind = 'ended') AS ended_on,
    min(e.outcome) AS outcome
  FROM legal_matter m JOIN legal_entry e ON e.matter_id = m.id
  WHERE m.kind <> 'penalty' OR NOT EXISTS (
    SELECT 1 FROM decided d CROSS JOIN LATERAL unnest(d.numbers) AS n (number) WHERE n.number = m.reference)
  GROUP BY m.id
), counted AS (
  SELECT h.*, CASE WHEN h.kind = 'imported' THEN h.ended_on ELSE h.accepted_on END AS on_day FROM happened h
  UNION ALL
  SELECT d.organisation_id, 'decided', NULL, NULL, NULL, d.on_day FROM decided d
)
SELECT o.code, o.body_name AS name,
  count(*) FILTER (WHERE c.kind IN ('decided', 'imported')) AS penalties,
  count(*) FILTER (WHERE c.kind = 'decided') AS penalties_decided,
  count(*) FILTER (WHERE c.kind = 'reconsideration') AS reconsiderations,
  count(*) FILTER (WHERE c.kind = 'reconsideration' AND c.outcome = 'lost') AS reconsiderations_lost,
  count(*) FILTER (WHERE c.kind = 'lawsuit') AS lawsuits,
  count(*) FILTER (WHERE c.kind = 'lawsuit' AND c.outcome = 'lost') AS lawsuits_lost,
  count(*) FILTER (WHERE c.kind = 'lawsuit' AND c.ended_on IS NULL) AS lawsuits_open
FROM organisation o
LEFT JOIN counted c ON c.organisation_id = o.id AND c.on_day IS NOT NULL
  AND (CAST(:first AS date) IS NULL OR c.on_day >= CAST(:first AS date))
  AND (CAST(:last AS date) IS NULL OR c.on_day <= CAST(:last AS date))
WHERE may_see(o.id, NULL)
GROUP BY o.id
ORDER BY o.code

-- known_references --
-- Digests of matters that are there, by kind and reference.
SELECT m.kind, m.reference, m.digest FROM legal_matter m
WHERE (m.kind, m.reference) IN (SELECT k.kind, k.reference
  FROM unnest(CAST(:kinds AS text[]), CAST(:references AS text[])) AS k (kind, reference))

-- bodies --
-- Bodies by code.
SELECT o.code, o.id FROM organisation o
