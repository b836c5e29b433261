-- append_score --
-- Add to a ledger, after its opening when it is the first; null when the key, or this closing of the case, was entered before.
SELECT score_append_v1(CAST(:subject AS uuid), CAST(:opening AS text), CAST(:action AS text), CAST(:body AS text),
  CAST(:key AS uuid), CAST(:case_id AS uuid))

-- score_repeats --
-- How often a subject had an event in the year up to a day, and it stands.
SELECT score_repeats_v1(CAST(:subject AS uuid), CAST(:event AS text), CAST(:on AS date))

-- scores_due --
-- Cases that were closed or opened again, and records, that were not looked at yet, of each the oldest first.
SELECT case_id, number, record_id, on_day, subject_id, fields, rules_id, base, events
FROM scores_due_v2(CAST(:rows AS integer))

-- score_due_done --
-- A case or a record was looked at.
SELECT score_due_done_v2(CAST(:case_id AS uuid), CAST(:record_id AS uuid))

-- score_stale --
-- What a case was entered as before it was opened again, or the record that this one corrects, and counts still.
SELECT id, subject_id FROM score_stale_v1(CAST(:case_id AS uuid), CAST(:record_id AS uuid))

-- lock_ratings --
-- Wait for whoever writes to ledgers, and let nobody else until this transaction ends.
SELECT pg_advisory_xact_lock(hashtext('ratings'))

-- newest_score --
-- The newest entry of all ledgers.
SELECT coalesce(max(e.id), 0) FROM score_entry e

-- list_scores --
-- Entries that count for scores, of all ledgers the asker sees or of some, up to one.
SELECT e.id, e.subject_id, e.seq, e.action, e.body
FROM score_entry e
WHERE (CAST(:through AS bigint) IS NULL OR e.id <= CAST(:through AS bigint))
  AND (CAST(:subjects AS text[]) IS NULL OR e.subject_id = ANY (CAST(CAST(:subjects AS text[]) AS uuid[])))
  AND e.action IN ('rating.opened', 'rating.plus', 'rating.minus', 'rating.appeal_upheld', 'rating.record_corrected',
    'rating.reopened')

-- list_ledger --
-- The whole ledger of some subjects, in the order in which it was written.
SELECT e.id, e.subject_id, e.seq, e.action, e.body, e.recorded_at, account_name_v1(e.actor_id) AS by
FROM score_entry e
WHERE e.subject_id = ANY (CAST(CAST(:subjects AS text[]) AS uuid[]))
ORDER BY e.id

-- score_by_key --
-- The entry that was made under a key.
SELECT e.id, e.subject_id, e.action, e.body FROM score_entry e WHERE e.key = CAST(:key AS uuid)

-- entry_makers --
-- Who made entries of ledgers.
SELECT DISTINCT e.actor_id FROM score_entry e WHERE e.id = ANY (CAST(:ids AS bigint[])) AND e.actor_id IS NOT NULL

-- merged_subjects --
-- Subjects with a ledger that count as another's record.
SELECT s.id, subject_root_v1(s.id) AS root FROM subject s JOIN score_head h ON h.subject_id = s.id WHERE s.merged_into IS NOT NULL

-- find_rated_subject --
-- A subject by its code, and the records that count with it.
WITH RECURSIVE family AS (
  SELECT subject_root_v1(s.id) AS id FROM subject s WHERE s.code = CAST(:code AS text)
  UNION SELECT s.id FROM subject s JOIN family f ON s.merged_into = f.id
)
SELECT s.id, s.code, s.township_code, s.merged_into IS NULL AS is_root,
  (SELECT min(lower(v.valid)) FROM subject_version v WHERE v.subject_id = s.id) AS since
FROM family f JOIN subject s ON s.id = f.id

-- name_rated_subjects --
-- Subjects as they were called and where they were on a day.
SELECT s.id, s.code, s.township_code, o.name AS township_name, v.name, p.street
FROM subject s
LEFT JOIN organisation o ON o.code = s.township_code
LEFT JOIN LATERAL (SELECT n.name FROM subject_version n
  WHERE n.subject_id = s.id AND NOT isempty(n.valid) AND lower(n.valid) <= CAST(:on AS date)
  ORDER BY lower(n.valid) DESC LIMIT 1) v ON true
LEFT JOIN LATERAL (SELECT z.properties ->> 'street' AS street FROM subject_place l
  JOIN zone z ON z.kind = l.zone_kind AND z.code = l.zone_code AND z.valid @> CAST(:on AS date)
  WHERE l.subject_id = s.id AND l.valid @> CAST(:on AS date) ORDER BY l.id LIMIT 1) p ON true
WHERE s.id = ANY (CAST(CAST(:subjects AS text[]) AS uuid[]))

-- insert_rating_list --
-- Keep a list as it was worked out.
INSERT INTO rating_list (id, on_day, rules_id, through, merged, content, digest, made_at, made_by)
VALUES (CAST(:id AS uuid), CAST(:on AS date), CAST(:rules AS bigint), CAST(:through AS bigint), CAST(:merged AS jsonb),
  CAST(:content AS text), CAST(:digest AS text), CAST(:at AS timestamptz), current_account())

-- insert_rating_entries --
-- Who is on it.
INSERT INTO rating_entry (list_id, subject_id, colour, score, stars, name, street, township_code)
SELECT CAST(:id AS uuid), r.subject_id, r.colour, r.score, r.stars, r.name, r.street, r.township_code
FROM jsonb_to_recordset(CAST(:entries AS jsonb)) AS r (subject_id uuid, colour text, score text, stars integer, name text,
  street text, township_code text)

-- insert_rating_step --
-- A step of a list, nothing when it was taken before.
INSERT INTO rating_list_step (list_id, action, at, by, notice_until, appeal_until, reason)
VALUES (CAST(:id AS uuid), CAST(:action AS text), CAST(:at AS timestamptz), current_account(), CAST(:notice_until AS date),
  CAST(:appeal_until AS date), CAST(:reason AS text))
ON CONFLICT ON CONSTRAINT rating_list_step_pkey DO NOTHING

-- list_rating_lists --
-- Lists with the steps that were taken, newest first, or one.
SELECT l.id, l.on_day, l.rules_id, l.through, CAST(l.merged AS text) AS merged, l.digest, l.made_at,
  account_name_v1(l.made_by) AS made_by,
  CAST((SELECT coalesce(json_object_agg(p.action, json_build_object('at', p.at, 'by', account_name_v1(p.by),
    'notice_until', p.notice_until, 'appeal_until', p.appeal_until, 'reason', p.reason)), '{}')
    FROM rating_list_step p WHERE p.list_id = l.id) AS text) AS steps,
  (SELECT count(*) FROM rating_entry e WHERE e.list_id = l.id AND e.colour = 'red') AS red,
  (SELECT count(*) FROM rating_entry e WHERE e.list_id = l.id AND e.colour = 'black') AS black,
  (SELECT count(*) FROM rating_appeal a WHERE a.list_id = l.id
    AND NOT EXISTS (SELECT 1 FROM rating_appeal_decision d WHERE d.appeal_id = a.id)) AS open_appeals
FROM rating_list l
WHERE (CAST(:id AS uuid) IS NULL OR l.id = CAST(:id AS uuid))
  AND (CAST(:before_at AS timestamptz) IS NULL
    OR (l.made_at, l.id) < (CAST(:before_at AS timestamptz), CAST(:before AS uuid)))
ORDER BY l.made_at DESC, l.id DESC
LIMIT CAST(:rows AS integer)

-- list_rating_entries --
-- Who is on a list, with what became of it.
SELECT e.subject_id, s.code, e.name, e.street, e.township_code, o.name AS township_name, e.colour, e.score, e.stars,
  a.id AS appeal_id, a.grounds, CAST(a.contested AS text) AS contested, a.made_at AS appealed_at,
  account_name_v1(a.made_by) AS appealed_by, d.upheld, d.reason, d.decided_at, account_name_v1(d.decided_by) AS decided_by,
  k.colour AS colour_now, k.score AS score_now, k.at AS corrected_at
FROM rating_entry e
JOIN subject s ON s.id = e.subject_id
LEFT JOIN organisation o ON o.code = e.township_code
LEFT JOIN rating_appeal a ON a.list_id = e.list_id AND a.subject_id = e.subject_id
LEFT JOIN rating_appeal_decision d ON d.appeal_id = a.id
LEFT JOIN rating_correction k ON k.appeal_id = a.id
WHERE e.list_id = CAST(:id AS uuid)
ORDER BY e.colour, s.code

-- insert_appeal --
-- An appeal against an entry of a list.
INSERT INTO rating_appeal (id, list_id, subject_id, contested, grounds, made_at, made_by)
VALUES (CAST(:appeal AS uuid), CAST(:id AS uuid), CAST(:subject AS uuid), CAST(:contested AS jsonb), CAST(:grounds AS text),
  CAST(:at AS timestamptz), current_account())

-- fetch_appeal --
-- One appeal with the entry it is about.
SELECT a.id, a.list_id, a.subject_id, CAST(a.contested AS text) AS contested, a.made_by, e.colour, e.score,
  EXISTS (SELECT 1 FROM rating_appeal_decision d WHERE d.appeal_id = a.id) AS decided
FROM rating_appeal a JOIN rating_entry e ON e.list_id = a.list_id AND e.subject_id = a.subject_id
WHERE a.id = CAST(:appeal AS uuid)

-- insert_appeal_decision --
-- What was decided on an appeal.
INSERT INTO rating_appeal_decision (appeal_id, upheld, reason, decided_at, decided_by)
VALUES (CAST(:appeal AS uuid), CAST(:upheld AS boolean), CAST(:reason AS text), CAST(:at AS timestamptz), current_account())

-- insert_correction --
-- What an upheld appeal made of an entry.
INSERT INTO rating_correction (appeal_id, list_id, subject_id, colour, score, at)
VALUES (CAST(:appeal AS uuid), CAST(:id AS uuid), CAST(:subject AS uuid), CAST(:colour AS text), CAST(:score AS text),
  CAST(:at AS timestamptz))

-- fetch_list_content --
-- A list as it was kept.
SELECT l.content FROM rating_list l WHERE l.id = CAST(:id AS uuid)

-- kept_lists --
-- Every list as it was kept, with the scores beside it.
SELECT l.id, l.on_day, l.content, l.digest, CAST((SELECT coalesce(json_agg(json_build_object('subject', s.code, 'colour', e.colour,
    'score', e.score, 'stars', e.stars) ORDER BY e.colour COLLATE "C", s.code COLLATE "C"), '[]')
  FROM rating_entry e JOIN subject s ON s.id = e.subject_id WHERE e.list_id = l.id) AS text) AS entries
FROM rating_list l ORDER BY l.made_at, l.id

-- kept_corrections --
-- Every correction with the entries that were taken out.
SELECT k.appeal_id, k.list_id, k.subject_id, s.code, k.colour, k.score, CAST(a.contested AS text) AS contested
FROM rating_correction k JOIN rating_appeal a ON a.id = k.appeal_id JOIN subject s ON s.id = k.subject_id
ORDER BY k.at, k.appeal_id

-- list_chain --
-- What the hashes of ledgers cover, each in its order.
SELECT e.subject_id, e.seq, e.recorded_at, e.actor_id, e.action, e.body, e.prev_hash, e.hash
FROM score_entry e
WHERE CAST(:subjects AS text[]) IS NULL OR e.subject_id = ANY (CAST(CAST(:subjects AS text[]) AS uuid[]))
ORDER BY e.subject_id, e.seq

-- list_heads --
-- What ledgers remember as their newest entries.
SELECT h.subject_id, h.seq, h.head FROM score_head h
WHERE CAST(:subjects AS text[]) IS NULL OR h.subject_id = ANY (CAST(CAST(:subjects AS text[]) AS uuid[]))

-- rated_subject_code --
-- The code of a subject.
SELECT s.code FROM subject s WHERE s.id = CAST(:subject AS uuid)
