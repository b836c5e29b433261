-- list_unpublished --
-- Decisions that one may see and that are to be public by a day, those that wait the longest first; without rules last.
SELECT d.decision_id, d.proceeding_number, d.case_number, o.code AS body_code, o.body_name, d.outcome, d.item_name,
  d.decided_on, d.due_on, d.draft_id
FROM decisions_unpublished_v1(CAST(:time_zone AS text)) d
JOIN organisation o ON o.id = d.organisation_id
WHERE (d.due_on IS NULL OR d.due_on <= CAST(:by AS date))
  AND (CAST(:after_on AS date) IS NULL
    OR (coalesce(d.due_on, '9999-12-31'), d.decision_id) > (CAST(:after_on AS date), CAST(:after_id AS uuid)))
ORDER BY coalesce(d.due_on, '9999-12-31'), d.decision_id
LIMIT CAST(:rows AS integer)

-- decision_facts --
-- What may be told of a decision that is not public yet.
SELECT d.*, o.name AS township
FROM decisions_unpublished_v1(CAST(:time_zone AS text)) d
LEFT JOIN organisation o ON o.code = d.township_code
WHERE d.decision_id = CAST(:decision AS uuid)

-- names_somebody --
-- Whether a text names somebody the system knows.
SELECT names_somebody_v1(CAST(:text AS text))

-- insert_publication --
-- Keep a draft.
INSERT INTO publication (id, decision_id, organisation_id, rulebook_id, outcome, township_code, decided_on, due_on, text,
  text_en, drafted_at, drafted_by)
VALUES (CAST(:id AS uuid), CAST(:decision_id AS uuid), CAST(:organisation_id AS uuid), CAST(:rulebook_id AS bigint),
  CAST(:outcome AS text), CAST(:township_code AS text), CAST(:decided_on AS date), CAST(:due_on AS date),
  CAST(:text AS text), CAST(:text_en AS text), CAST(:at AS timestamptz), current_account())

-- list_publications --
-- Publications one may see, newest drafted first; any narrowing may be null.
SELECT q.* FROM (
  SELECT p.id, p.decision_id, o.code AS body_code, o.body_name, p.outcome, p.decided_on, p.due_on, p.text, p.text_en,
    p.drafted_at, account_name_v1(p.drafted_by) AS drafted_by, p.drafted_by = current_account() AS mine, p.published_on,
    account_name_v1(p.published_by) AS published_by, p.withdrawn_at, account_name_v1(p.withdrawn_by) AS withdrawn_by,
    p.withdrawn_reason,
    CASE WHEN p.withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN p.published_at IS NOT NULL THEN 'public' ELSE 'draft' END AS state
  FROM publication p JOIN organisation o ON o.id = p.organisation_id
  WHERE (CAST(:id AS uuid) IS NULL OR p.id = CAST(:id AS uuid))
    AND (CAST(:after_at AS timestamptz) IS NULL
      OR (p.drafted_at, p.id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))) q
WHERE CAST(:state AS text) IS NULL OR q.state = CAST(:state AS text)
ORDER BY q.drafted_at DESC, q.id DESC
LIMIT CAST(:rows AS integer)

-- publish --
-- Make a draft public, by another person.
UPDATE publication p SET published_at = CAST(:at AS timestamptz), published_on = CAST(:on AS date),
  published_by = current_account()
WHERE p.id = CAST(:id AS uuid) AND p.published_at IS NULL AND p.withdrawn_at IS NULL
RETURNING p.id

-- withdraw --
-- Take back what is public, or a draft.
UPDATE publication p SET withdrawn_at = CAST(:at AS timestamptz), withdrawn_by = current_account(),
  withdrawn_reason = CAST(:reason AS text)
WHERE p.id = CAST(:id AS uuid) AND p.withdrawn_at IS NULL
RETURNING p.id

-- list_photos --
-- Photos of the case of a publication, with what was decided of each.
SELECT d.sha256, d.role, f.id, coalesce(f.chosen, false) AS chosen, CAST(coalesce(f.regions, '[]') AS text) AS regions,
  f.confirmed_at, account_name_v1(f.confirmed_by) AS confirmed_by
FROM publication p
CROSS JOIN LATERAL decision_photos_v1(p.decision_id) WITH ORDINALITY AS d (sha256, role, nth)
LEFT JOIN publication_photo f ON f.publication_id = p.id AND f.sha256 = d.sha256
WHERE p.id = CAST(:id AS uuid)
ORDER BY d.nth

-- put_photo --
-- What a person decided of a photo of a draft.
INSERT INTO publication_photo (id, publication_id, sha256, chosen, regions, confirmed_at, confirmed_by)
VALUES (gen_random_uuid(), CAST(:id AS uuid), CAST(:sha256 AS text), CAST(:chosen AS boolean), CAST(:regions AS jsonb),
  CAST(:at AS timestamptz), current_account())
ON CONFLICT (publication_id, sha256) DO UPDATE SET chosen = EXCLUDED.chosen, regions = EXCLUDED.regions,
  confirmed_at = EXCLUDED.confirmed_at, confirmed_by = EXCLUDED.confirmed_by

-- open_statistics --
-- Figures of a period by township, as strangers may know them.
SELECT * FROM open_statistics_v1(CAST(:begin AS timestamptz), CAST(:end AS timestamptz), CAST(:answers_min AS integer))

-- open_decisions --
-- Decisions that are public now.
SELECT * FROM open_decisions_v1(CAST(:before_on AS date), CAST(:before_id AS uuid), CAST(:rows AS integer))

-- open_rating_list --
-- The newest list of ratings that was published.
SELECT on_day, published_at, appeal_until FROM open_rating_list_v1()

-- open_ratings --
-- Who is on it, as corrected since.
SELECT code, name, street, township_code AS township, township_name, colour, score, stars FROM open_ratings_v1()

-- open_rating_corrections --
-- Corrections of published lists, newest first.
SELECT on_day, corrected_at, code, name, street, colour_before, score_before, colour, score
FROM open_rating_corrections_v1(CAST(:rows AS integer))

-- open_legal_texts --
-- Articles in force on a day.
SELECT code, title, clause, text, abridged, issued_on, source, valid_from, sample FROM open_legal_texts_v1(CAST(:on AS date))

-- open_photo --
-- A photo that is public now.
SELECT f.sha256, CAST(f.regions AS text) AS regions FROM open_photo_v1(CAST(:photo AS uuid)) f
