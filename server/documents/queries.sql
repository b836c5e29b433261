-- insert_document --
-- A new document; nothing when its id is taken, or when it names what the asker does not see.
INSERT INTO document (id, kind, title, organisation_id, subject_id, case_id, content, attachments, valid, digest, replaces,
  made_at, made_by)
SELECT CAST(:id AS uuid), CAST(:kind AS text), CAST(:title AS text),
  coalesce(
    (SELECT o.id FROM subject s JOIN organisation o ON o.code = s.township_code WHERE s.id = CAST(:subject AS uuid)),
    (SELECT c.organisation_id FROM case_file c WHERE c.id = CAST(:case AS uuid)),
    current_organisation()),
  CAST(:subject AS uuid), CAST(:case AS uuid), CAST(:content AS json), CAST(:attachments AS text[]),
  CASE WHEN CAST(:valid_from AS date) IS NOT NULL THEN daterange(CAST(:valid_from AS date), CAST(:valid_to AS date)) END,
  CAST(:digest AS text), CAST(:replaces AS uuid), CAST(:at AS timestamptz), current_account()
WHERE (CAST(:subject AS uuid) IS NULL OR EXISTS (SELECT 1 FROM subject s WHERE s.id = CAST(:subject AS uuid)))
  AND (CAST(:case AS uuid) IS NULL OR EXISTS (SELECT 1 FROM case_file c WHERE c.id = CAST(:case AS uuid)))
  AND (CAST(:replaces AS uuid) IS NULL OR EXISTS (SELECT 1 FROM document d WHERE d.id = CAST(:replaces AS uuid)))
ON CONFLICT (id) DO NOTHING
RETURNING organisation_id

-- names_seen --
-- Whether all that a document names is there for whoever asks.
SELECT (CAST(:subject AS uuid) IS NULL OR EXISTS (SELECT 1 FROM subject s WHERE s.id = CAST(:subject AS uuid)))
  AND (CAST(:case AS uuid) IS NULL OR EXISTS (SELECT 1 FROM case_file c WHERE c.id = CAST(:case AS uuid)))
  AND (CAST(:replaces AS uuid) IS NULL OR EXISTS (SELECT 1 FROM document d WHERE d.id = CAST(:replaces AS uuid)))

-- document_digest --
-- What a document says, as a digest.
SELECT d.digest FROM document d WHERE d.id = CAST(:id AS uuid)

-- insert_zones --
-- The zones a document is about.
INSERT INTO document_zone (document_id, zone_kind, zone_code)
SELECT CAST(:id AS uuid), z.kind, z.code FROM unnest(CAST(:kinds AS text[]), CAST(:codes AS text[])) AS z (kind, code)

-- find_subject --
-- A subject by its code; one that was merged is what it was merged into.
SELECT subject_root_v1(s.id) FROM subject s WHERE s.code = CAST(:code AS text)

-- find_case --
-- A case by its number.
SELECT c.id FROM case_file c WHERE c.number = CAST(:number AS text)

-- list_documents --
-- Documents the asker may see, newest first, narrowed, or the one named; each with how its newest attempt stands.
SELECT d.id, d.code, d.kind, d.title, o.body_name AS body, s.code AS subject, c.number AS case_number, d.made_at,
  account_name_v1(d.made_by) AS made_by, lower(d.valid) AS valid_from, upper(d.valid) AS valid_to, d.digest, d.attachments,
  d.replaces, (SELECT r.id FROM document r WHERE r.replaces = d.id ORDER BY r.made_at DESC LIMIT 1) AS replaced_by,
  t.state AS served, CASE WHEN CAST(:id AS uuid) IS NOT NULL THEN CAST(d.content AS text) END AS content
FROM document d
JOIN organisation o ON o.id = d.organisation_id
LEFT JOIN subject s ON s.id = d.subject_id
LEFT JOIN case_file c ON c.id = d.case_id
LEFT JOIN LATERAL (
  SELECT coalesce(e.outcome, 'sending') AS state FROM service_attempt a LEFT JOIN service_outcome e ON e.attempt_id = a.id
  WHERE a.document_id = d.id ORDER BY a.recorded_at DESC, a.id LIMIT 1) t ON true
WHERE (CAST(:id AS uuid) IS NULL OR d.id = CAST(:id AS uuid))
  AND (CAST(:kind AS text) IS NULL OR d.kind = CAST(:kind AS text))
  AND (CAST(:subject AS text) IS NULL OR d.subject_id IN (
    SELECT k.id FROM subject k WHERE subject_root_v1(k.id) = (
      SELECT subject_root_v1(n.id) FROM subject n WHERE n.code = CAST(:subject AS text))))
  AND (CAST(:case AS text) IS NULL OR c.number = CAST(:case AS text))
  AND (CAST(:after_at AS timestamptz) IS NULL
    OR (d.made_at, d.id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
ORDER BY d.made_at DESC, d.id DESC
LIMIT CAST(:rows AS integer)

-- document_to_print --
-- A document the asker may see with what its paper says of the subject on the day it was made for; how a letter was served.
SELECT d.id, d.code, d.kind, d.title, o.body_name AS body, c.number AS case_number, s.code AS subject,
  v.name AS subject_name, CAST(d.content AS text) AS content, d.digest, d.attachments, d.made_at, lower(d.valid) AS valid_from, upper(d.valid) AS valid_to,
  (SELECT p.name FROM subject_person p WHERE p.subject_id = s.id AND p.valid @> w.day ORDER BY p.rank LIMIT 1) AS person,
  z.roads, z.zones, t.outcome, t.served_at, t.served_by
FROM document d
JOIN organisation o ON o.id = d.organisation_id
LEFT JOIN subject s ON s.id = d.subject_id
LEFT JOIN case_file c ON c.id = d.case_id
CROSS JOIN LATERAL (SELECT coalesce(lower(d.valid), CAST(d.made_at AT TIME ZONE CAST(:time_zone AS text) AS date)) AS day) w
LEFT JOIN subject_version v ON v.subject_id = s.id AND v.valid @> w.day
CROSS JOIN LATERAL (
  SELECT string_agg(DISTINCT n.street, '、' ORDER BY n.street) AS roads,
    array_agg(concat_ws(' ', x.zone_code, n.name) ORDER BY x.zone_code) AS zones
  FROM document_zone x
  LEFT JOIN LATERAL (SELECT y.name, y.properties ->> 'street' AS street FROM zone y
    WHERE y.kind = x.zone_kind AND y.code = x.zone_code AND y.valid @> w.day) n ON true
  WHERE x.document_id = d.id) z
LEFT JOIN LATERAL (
  SELECT a.served_at, e.outcome, account_name_v1(a.recorded_by) AS served_by
  FROM service_attempt a JOIN service_outcome e ON e.attempt_id = a.id
  WHERE a.document_id = d.id ORDER BY a.recorded_at, a.id LIMIT 1) t ON true
WHERE d.id = CAST(:id AS uuid)

-- list_attempts --
-- Attempts to serve a document, the oldest first.
SELECT a.id, a.how, a.rulebook_id, a.electronic, a.served_at, account_name_v1(a.recorded_by) AS by, e.outcome,
  e.at AS outcome_at, e.trouble, e.receipt, a.note
FROM service_attempt a LEFT JOIN service_outcome e ON e.attempt_id = a.id
WHERE a.document_id = CAST(:id AS uuid)
ORDER BY a.recorded_at, a.id

-- fetch_served --
-- What an attempt needs of its document, and the attempt itself when it is there.
SELECT d.subject_id, d.organisation_id, d.made_at, s.code AS subject, a.digest AS taken
FROM document d
LEFT JOIN subject s ON s.id = d.subject_id
LEFT JOIN service_attempt a ON a.id = CAST(:attempt AS uuid)
WHERE d.id = CAST(:id AS uuid)

-- consent_on --
-- The newest consent of a subject in force on a day that has an address of this sort.
SELECT c.id FROM service_consent c
WHERE subject_root_v1(c.subject_id) = subject_root_v1(CAST(:subject AS uuid)) AND c.valid @> CAST(:on AS date)
  AND CASE CAST(:address AS text) WHEN 'phone' THEN c.phone WHEN 'email' THEN c.email ELSE c.other END IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM service_consent_end e WHERE e.consent_id = c.id)
ORDER BY c.recorded_at DESC, c.id LIMIT 1

-- insert_attempt --
-- One attempt; nothing when its id is taken.
INSERT INTO service_attempt (id, document_id, how, rulebook_id, electronic, consent_id, served_at, note, digest, recorded_at,
  recorded_by)
VALUES (CAST(:attempt AS uuid), CAST(:id AS uuid), CAST(:how AS text), CAST(:rulebook AS bigint), CAST(:electronic AS boolean),
  CAST(:consent AS uuid), CAST(:served_at AS timestamptz), CAST(:note AS text), CAST(:digest AS text),
  CAST(:at AS timestamptz), current_account())
ON CONFLICT (id) DO NOTHING
RETURNING id

-- insert_outcome --
-- How an attempt of a person ended.
INSERT INTO service_outcome (attempt_id, outcome, receipt, at, by)
VALUES (CAST(:attempt AS uuid), CAST(:outcome AS text), CAST(:receipt AS text), CAST(:at AS timestamptz), current_account())

-- insert_message --
-- What a gateway is to send, and the worker's job.
WITH message AS (
  INSERT INTO service_message (attempt_id, gateway, paper_days, next_try_at)
  VALUES (CAST(:attempt AS uuid), CAST(:gateway AS text), CAST(:paper_days AS integer), CAST(:at AS timestamptz))
  RETURNING attempt_id)
SELECT job_put_v1('services_send', '{}') FROM message

-- open_task --
-- A document is to be served on paper, unless that waits already.
INSERT INTO service_task (document_id, organisation_id, failed_attempt_id, opened_at, due_at)
SELECT d.id, d.organisation_id, CAST(:attempt AS uuid), CAST(:at AS timestamptz),
  CAST(:at AS timestamptz) + make_interval(days => CAST(:paper_days AS integer))
FROM document d WHERE d.id = CAST(:id AS uuid)
ON CONFLICT DO NOTHING

-- close_task --
-- It was served on paper.
UPDATE service_task SET closed_at = CAST(:at AS timestamptz), closed_by = CAST(:attempt AS uuid)
WHERE document_id = CAST(:id AS uuid) AND closed_at IS NULL

-- list_tasks --
-- Documents to serve on paper, the most urgent first.
SELECT k.id, k.document_id, d.code, d.title, s.code AS subject, v.name AS subject_name, o.body_name AS body, a.how AS failed_how,
  e.trouble, k.opened_at, k.due_at, k.closed_at
FROM service_task k
JOIN document d ON d.id = k.document_id
JOIN organisation o ON o.id = k.organisation_id
JOIN service_attempt a ON a.id = k.failed_attempt_id
LEFT JOIN service_outcome e ON e.attempt_id = a.id
LEFT JOIN subject s ON s.id = d.subject_id
LEFT JOIN subject_version v ON v.subject_id = s.id AND v.valid @> CAST(:on AS date)
WHERE (NOT CAST(:open AS boolean) OR k.closed_at IS NULL)
  AND (CAST(:township AS text) IS NULL OR o.code = CAST(:township AS text))
  AND (CAST(:after_at AS timestamptz) IS NULL
    OR (k.due_at, k.id) > (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
ORDER BY k.due_at, k.id
LIMIT CAST(:rows AS integer)

-- insert_consent --
-- A consent of a subject; nothing when its id is taken.
INSERT INTO service_consent (id, subject_id, organisation_id, signer, phone, email, other, form, valid, digest, recorded_at,
  recorded_by)
VALUES (CAST(:consent AS uuid), CAST(:subject AS uuid), CAST(:organisation AS uuid), CAST(:signer AS text),
  CAST(:phone AS text), CAST(:email AS text), CAST(:other AS text), CAST(:form AS text),
  daterange(CAST(:valid_from AS date), CAST(:valid_to AS date)), CAST(:digest AS text), CAST(:at AS timestamptz),
  current_account())
ON CONFLICT (id) DO NOTHING
RETURNING id

-- body_of_subject --
-- The body of the township that keeps a subject; the asker's own where the district does.
SELECT coalesce(o.id, current_organisation()) FROM subject s LEFT JOIN organisation o ON o.code = s.township_code
WHERE s.id = CAST(:subject AS uuid)

-- consent_digest --
-- What a consent says, as a digest.
SELECT c.digest FROM service_consent c WHERE c.id = CAST(:consent AS uuid)

-- withdraw_consent --
-- A consent holds no more; repeating it changes nothing. Whether there is one of this subject.
WITH ended AS (
  INSERT INTO service_consent_end (consent_id, reason, at, by)
  SELECT c.id, CAST(:reason AS text), CAST(:at AS timestamptz), current_account() FROM service_consent c
  WHERE c.id = CAST(:consent AS uuid) AND subject_root_v1(c.subject_id) = CAST(:subject AS uuid)
  ON CONFLICT DO NOTHING)
SELECT EXISTS (SELECT 1 FROM service_consent c
  WHERE c.id = CAST(:consent AS uuid) AND subject_root_v1(c.subject_id) = CAST(:subject AS uuid))

-- list_consents --
-- Consents of a subject, the newest first.
SELECT c.id, c.signer, c.phone, c.email, c.other, c.form, lower(c.valid) AS valid_from, upper(c.valid) AS valid_to,
  c.recorded_at, account_name_v1(c.recorded_by) AS recorded_by, e.at AS withdrawn_at, e.reason AS withdrawn_reason,
  c.valid @> CAST(:on AS date) AND e.consent_id IS NULL AS in_force
FROM service_consent c LEFT JOIN service_consent_end e ON e.consent_id = c.id
WHERE subject_root_v1(c.subject_id) = CAST(:subject AS uuid)
ORDER BY c.recorded_at DESC, c.id

-- subject_frontages --
-- The name of a subject on a day, and the frontages it answers for then.
SELECT v.name, (SELECT coalesce(array_agg(p.zone_code ORDER BY p.zone_code), '{}') FROM subject_place p
  WHERE p.subject_id = v.subject_id AND p.zone_kind = 'frontage' AND p.valid @> CAST(:on AS date)) AS frontages
FROM subject_version v WHERE v.subject_id = CAST(:subject AS uuid) AND v.valid @> CAST(:on AS date)

-- count_letters --
-- How many frontages have a signed letter, of those with somebody who answers for them.
SELECT count(l.subject_id) AS total, count(l.letter_id) AS signed, count(l.refused_at) AS refused,
  count(*) - count(l.subject_id) AS without_subject
FROM letter_standing_v1(CAST(:on AS date), CAST(:township AS text), CAST(:road AS text), CAST(:zone AS text)) l

-- list_unsigned --
-- Frontages whose subject has signed no letter that holds, by street and code.
SELECT l.zone_code, l.zone_name, l.township_code, l.street, l.subject_code, l.subject_name, l.refused_at
FROM letter_standing_v1(CAST(:on AS date), CAST(:township AS text), CAST(:road AS text), CAST(:zone AS text)) l
WHERE l.subject_id IS NOT NULL AND l.letter_id IS NULL
  AND (CAST(:after_road AS text) IS NULL
    OR (coalesce(l.street, ''), l.zone_code) > (CAST(:after_road AS text), CAST(:after_code AS text)))
ORDER BY coalesce(l.street, ''), l.zone_code
LIMIT CAST(:rows AS integer)

-- list_doors --
-- Fronts of one's body within a box in degrees: who answers for each, and whether their letter is signed, by code.
SELECT l.zone_code AS zone, l.subject_code AS subject, l.subject_name, l.letter_id IS NOT NULL AS signed, l.refused_at,
  a.responsible_rank AS rank, a.responsible_name AS person, a.responsible_capacity AS capacity
FROM zone z
CROSS JOIN LATERAL letter_standing_v1(CAST(:on AS date), NULL, NULL, z.code) l
LEFT JOIN LATERAL subject_at_v1('frontage', z.code, CAST(:on AS date)) a ON true
WHERE z.kind = 'frontage' AND z.valid @> CAST(:on AS date) AND z.code > CAST(:after AS text)
  AND ST_Intersects(z.geom, ST_MakeEnvelope(CAST(:west AS double precision), CAST(:south AS double precision),
    CAST(:east AS double precision), CAST(:north AS double precision), 4326))
ORDER BY z.code
LIMIT CAST(:rows AS integer)

-- letters_by_street --
-- The same counts by street, the least signed first.
SELECT l.street AS road, l.township_code AS township, o.name AS township_name, count(l.subject_id) AS total,
  count(l.letter_id) AS signed, count(l.refused_at) AS refused, count(*) - count(l.subject_id) AS without_subject
FROM letter_standing_v1(CAST(:on AS date), CAST(:township AS text), NULL, NULL) l
LEFT JOIN organisation o ON o.code = l.township_code
GROUP BY l.street, l.township_code, o.name
ORDER BY CAST(count(l.letter_id) AS double precision) / nullif(count(l.subject_id), 0) NULLS LAST,
  l.township_code, l.street

-- letters_to_print --
-- Subjects with the frontages each answers for, of a street or the one named, as a letter names them.
SELECT l.subject_code AS code, l.subject_name AS name, o.name AS township_name, o.body_name,
  string_agg(DISTINCT l.street, '、' ORDER BY l.street) AS roads,
  array_agg(l.zone_code || ' ' || l.zone_name ORDER BY l.zone_code) AS zones,
  (SELECT p.name FROM subject_person p WHERE p.subject_id = l.subject_id AND p.valid @> CAST(:on AS date)
    ORDER BY p.rank LIMIT 1) AS person
FROM letter_standing_v1(CAST(:on AS date), CAST(:township AS text), CAST(:road AS text), NULL) l
LEFT JOIN organisation o ON o.code = l.township_code
WHERE l.subject_id IS NOT NULL AND (CAST(:subject AS uuid) IS NULL OR l.subject_id = CAST(:subject AS uuid))
  AND (CAST(:subject AS uuid) IS NOT NULL OR NOT CAST(:unsigned AS boolean) OR l.letter_id IS NULL)
GROUP BY l.subject_id, l.subject_code, l.subject_name, o.name, o.body_name
ORDER BY min(l.zone_code)
LIMIT CAST(:rows AS integer)

-- district_name --
-- What the district is called.
SELECT o.name FROM organisation o WHERE o.kind = 'district'
