-- list_subjects --
-- Subjects by number, each by what holds on a day or held last; telephone numbers as far as the asker is shown them.
SELECT s.id, s.number, s.code, v.name, v.kind, v.trade, v.licence, s.township_code AS township, o.name AS township_name,
  v.state, m.code AS merged_into, s.sample, r.responsible, (
    SELECT coalesce(json_agg(json_build_object('zone_kind', l.zone_kind, 'zone', l.zone_code)
      ORDER BY l.zone_kind, l.zone_code), '[]')
    FROM subject_place l WHERE l.subject_id = s.id AND l.valid @> CAST(:today AS date)) AS zones
FROM subject s
LEFT JOIN organisation o ON o.code = s.township_code
LEFT JOIN subject m ON m.id = s.merged_into
CROSS JOIN LATERAL (
  SELECT x.name, x.kind, x.trade, x.licence, CASE
    WHEN s.merged_into IS NOT NULL THEN 'merged'
    WHEN isempty(x.valid) OR upper(x.valid) <= CAST(:today AS date) THEN 'ended'
    ELSE 'current' END AS state
  FROM subject_version x WHERE x.subject_id = s.id
  ORDER BY x.valid @> CAST(:today AS date) DESC, x.valid DESC, x.id DESC LIMIT 1) v
LEFT JOIN LATERAL (
  SELECT json_build_object('rank', p.rank, 'name', p.name, 'capacity', p.capacity, 'phone', f.phone) AS responsible
  FROM subject_person p LEFT JOIN subject_phone f ON f.person_id = p.id
  WHERE p.subject_id = s.id AND p.valid @> CAST(:today AS date) AND (v.kind <> 'vacant' OR p.rank = 2)
  ORDER BY p.rank LIMIT 1) r ON true
WHERE (CAST(:code AS text) IS NULL OR s.code = CAST(:code AS text))
  AND (CAST(:after AS bigint) IS NULL OR s.number > CAST(:after AS bigint))
  AND (CAST(:township AS text) IS NULL OR s.township_code = CAST(:township AS text))
  AND (CAST(:kind AS text) IS NULL OR v.kind = CAST(:kind AS text))
  AND (CAST(:trade AS text) IS NULL OR v.trade = CAST(:trade AS text))
  AND (CAST(:state AS text) IS NULL OR v.state = CAST(:state AS text))
  AND (CAST(:responsible AS boolean) IS NULL OR (r.responsible IS NOT NULL) = CAST(:responsible AS boolean))
  AND (CAST(:signed AS boolean) IS NULL OR s.id IN (
    SELECT l.subject_id FROM letter_standing_v1(CAST(:today AS date), CAST(:township AS text), NULL, NULL) l
    GROUP BY l.subject_id HAVING bool_and(l.letter_id IS NOT NULL) = CAST(:signed AS boolean)))
  AND (CAST(:zone AS text) IS NULL OR s.id IN (
    SELECT l.subject_id FROM subject_place l WHERE l.zone_code = CAST(:zone AS text) AND l.valid @> CAST(:today AS date)))
  AND (CAST(:q AS text) IS NULL OR strpos(lower(v.name), lower(CAST(:q AS text))) > 0 OR s.code = upper(CAST(:q AS text))
    OR v.licence = CAST(:q AS text))
ORDER BY s.number
LIMIT CAST(:rows AS integer)

-- fetch_subject_history --
-- What belongs to a subject besides its item, newest first.
SELECT s.created_at, account_name_v1(s.created_by) AS created_by,
  (SELECT p.code FROM subject p WHERE p.id = s.successor_of) AS successor_of,
  (SELECT coalesce(json_agg(n.code ORDER BY n.number), '[]') FROM subject n WHERE n.successor_of = s.id) AS successors,
  (SELECT coalesce(json_agg(n.code ORDER BY n.number), '[]') FROM subject n WHERE n.merged_into = s.id) AS merged,
  (SELECT coalesce(json_agg(json_build_object('name', v.name, 'kind', v.kind, 'trade', v.trade, 'licence', v.licence,
      'valid_from', lower(v.valid), 'valid_to', upper(v.valid)) ORDER BY v.valid DESC), '[]')
    FROM subject_version v WHERE v.subject_id = s.id AND NOT isempty(v.valid)) AS versions,
  (SELECT coalesce(json_agg(json_build_object('rank', p.rank, 'name', p.name, 'capacity', p.capacity, 'phone', f.phone,
      'valid_from', lower(p.valid), 'valid_to', upper(p.valid)) ORDER BY p.rank, p.valid DESC), '[]')
    FROM subject_person p LEFT JOIN subject_phone f ON f.person_id = p.id
    WHERE p.subject_id = s.id AND NOT isempty(p.valid)) AS persons,
  (SELECT coalesce(json_agg(json_build_object('zone_kind', l.zone_kind, 'zone', l.zone_code, 'name', z.name,
      'valid_from', lower(l.valid), 'valid_to', upper(l.valid), 'geometry', CAST(ST_AsGeoJSON(z.geom, 7) AS json))
      ORDER BY l.valid DESC, l.zone_code), '[]')
    FROM subject_place l
    LEFT JOIN LATERAL (SELECT z.name, z.geom FROM zone z WHERE z.kind = l.zone_kind AND z.code = l.zone_code
      ORDER BY isempty(z.valid), z.version DESC LIMIT 1) z ON true
    WHERE l.subject_id = s.id AND NOT isempty(l.valid)) AS places,
  (SELECT coalesce(json_agg(json_build_object('action', c.action, 'reason', c.reason, 'told', c.told, 'at', c.at,
      'by', account_name_v1(c.by)) ORDER BY c.id DESC), '[]')
    FROM subject_change c WHERE c.subject_id = s.id) AS changes
FROM subject s WHERE s.id = CAST(:id AS uuid)

-- subject_at --
-- Who answers for a zone on a day, among subjects the asker may see.
SELECT a.code, a.name, a.kind, a.trade, a.responsible_rank AS rank, a.responsible_name AS person, f.phone,
  a.responsible_capacity AS capacity
FROM subject_at_v1(CAST(:zone_kind AS text), CAST(:zone AS text), CAST(:on AS date)) a
LEFT JOIN subject_phone f ON f.person_id = a.person_id

-- subject_of_case --
-- Who answers for a case that the asker may see, with its zone; no row for a case there is not.
SELECT a.zone_kind, a.zone_code AS zone, a.zone_name, a.zone_verdict AS verdict, a.on_day AS on, a.code, a.name, a.kind,
  a.trade, a.responsible_rank AS rank, a.responsible_name AS person, f.phone, a.responsible_capacity AS capacity
FROM case_file c
LEFT JOIN LATERAL case_subject_v1(c.id) a ON true
LEFT JOIN subject_phone f ON f.person_id = a.person_id
WHERE c.number = CAST(:number AS text)

-- hold_subject --
-- One record, held until the end of the transaction.
SELECT s.id, s.code, s.township_code AS township, (SELECT m.code FROM subject m WHERE m.id = s.merged_into) AS merged_into
FROM subject s WHERE s.code = CAST(:code AS text) FOR UPDATE

-- zone_township --
-- The township of the newest version of a zone.
SELECT z.township_code FROM zone z WHERE z.kind = CAST(:zone_kind AS text) AND z.code = CAST(:zone AS text)
ORDER BY isempty(z.valid), z.version DESC LIMIT 1

-- insert_subject --
-- A record to which versions, places and persons are added.
INSERT INTO subject (township_code, successor_of, sample, created_at, created_by)
VALUES (CAST(:township AS text), CAST(:successor_of AS uuid), CAST(:sample AS boolean), CAST(:at AS timestamptz),
  current_account())
RETURNING id, code

-- insert_subject_version --
-- What is said of it from a day on.
INSERT INTO subject_version (subject_id, valid, name, kind, trade, licence, recorded_at, recorded_by)
VALUES (CAST(:subject AS uuid), daterange(CAST(:since AS date), NULL), CAST(:name AS text), CAST(:kind AS text),
  CAST(:trade AS text), CAST(:licence AS text), CAST(:at AS timestamptz), current_account())

-- insert_subject_place --
-- A zone it answers for, from a day on or to another.
INSERT INTO subject_place (subject_id, zone_kind, zone_code, valid, recorded_at, recorded_by)
VALUES (CAST(:subject AS uuid), CAST(:zone_kind AS text), CAST(:zone AS text),
  daterange(CAST(:since AS date), CAST(:until AS date)), CAST(:at AS timestamptz), current_account())

-- insert_subject_person --
-- A responsible person from a day on, and the telephone number apart.
WITH named AS (
  INSERT INTO subject_person (subject_id, rank, name, capacity, valid, recorded_at, recorded_by)
  VALUES (CAST(:subject AS uuid), CAST(:rank AS integer), CAST(:name AS text), CAST(:capacity AS text),
    daterange(CAST(:since AS date), NULL), CAST(:at AS timestamptz), current_account())
  RETURNING id
)
SELECT id FROM named

-- insert_subject_phone --
-- The number of a person just named.
INSERT INTO subject_phone (person_id, phone) VALUES (CAST(:person AS bigint), CAST(:phone AS text))

-- insert_subject_change --
-- Who changed what of it, when and why.
INSERT INTO subject_change (subject_id, action, reason, told, at, by)
VALUES (CAST(:subject AS uuid), CAST(:action AS text), CAST(:reason AS text), CAST(:told AS jsonb), CAST(:at AS timestamptz),
  current_account())

-- newest_subject_version --
-- What is said of it last, and since when there is anything.
SELECT v.name, v.kind, v.trade, v.licence, lower(v.valid) AS since,
  (SELECT min(lower(f.valid)) FROM subject_version f WHERE f.subject_id = v.subject_id) AS first
FROM subject_version v WHERE v.subject_id = CAST(:subject AS uuid) AND NOT isempty(v.valid)
ORDER BY v.valid DESC LIMIT 1

-- newest_subject_person --
-- The last person of a rank, while the number may be read.
SELECT p.name, p.capacity, f.phone, lower(p.valid) AS since, upper(p.valid) AS until
FROM subject_person p LEFT JOIN subject_phone f ON f.person_id = p.id
WHERE p.subject_id = CAST(:subject AS uuid) AND p.rank = CAST(:rank AS integer) AND NOT isempty(p.valid)
ORDER BY p.valid DESC LIMIT 1

-- subject_places_from --
-- Zones it answers for on a day or later.
SELECT l.id, l.zone_kind, l.zone_code AS zone, lower(l.valid) AS since, upper(l.valid) AS until
FROM subject_place l
WHERE l.subject_id = CAST(:subject AS uuid) AND NOT isempty(l.valid)
  AND (upper_inf(l.valid) OR upper(l.valid) > CAST(:day AS date))
ORDER BY l.zone_kind, l.zone_code

-- place_holder --
-- Who answers for a zone on a day or later.
SELECT s.code FROM subject_place l JOIN subject s ON s.id = l.subject_id
WHERE l.zone_kind = CAST(:zone_kind AS text) AND l.zone_code = CAST(:zone AS text)
  AND l.valid && daterange(CAST(:day AS date), NULL)
ORDER BY l.valid LIMIT 1

-- licence_holder --
-- Who holds a licence on a day or later, but for one subject.
SELECT s.code FROM subject_version v JOIN subject s ON s.id = v.subject_id
WHERE v.licence = CAST(:licence AS text) AND v.valid && daterange(CAST(:day AS date), NULL)
  AND s.id IS DISTINCT FROM CAST(:but AS uuid)
ORDER BY v.valid LIMIT 1

-- end_subject_versions --
-- Nothing more is said of it from a day on.
UPDATE subject_version v
SET valid = CASE WHEN lower(v.valid) >= CAST(:day AS date) THEN 'empty' ELSE daterange(lower(v.valid), CAST(:day AS date)) END
WHERE v.subject_id = CAST(:subject AS uuid) AND v.valid && daterange(CAST(:day AS date), NULL)

-- end_subject_persons --
-- Nobody of a rank, or of any, is responsible from a day on.
UPDATE subject_person p
SET valid = CASE WHEN lower(p.valid) >= CAST(:day AS date) THEN 'empty' ELSE daterange(lower(p.valid), CAST(:day AS date)) END
WHERE p.subject_id = CAST(:subject AS uuid) AND p.valid && daterange(CAST(:day AS date), NULL)
  AND (CAST(:rank AS integer) IS NULL OR p.rank = CAST(:rank AS integer))

-- end_subject_place --
-- It no longer answers for a zone from a day on.
UPDATE subject_place l
SET valid = CASE WHEN lower(l.valid) >= CAST(:day AS date) THEN 'empty' ELSE daterange(lower(l.valid), CAST(:day AS date)) END
WHERE l.id = CAST(:id AS bigint)

-- merge_subject --
-- It was a second record of another.
UPDATE subject s SET merged_into = CAST(:into AS uuid), merged_at = CAST(:at AS timestamptz) WHERE s.id = CAST(:subject AS uuid)

-- register_of_township --
-- Everything an import is compared with: current subjects with their zones and persons.
SELECT s.id, s.code, s.township_code AS township, v.name, v.kind, v.trade, v.licence, lower(v.valid) AS since, (
    SELECT coalesce(json_agg(json_build_object('rank', p.rank, 'name', p.name, 'capacity', p.capacity, 'phone', f.phone,
      'since', lower(p.valid))), '[]')
    FROM subject_person p LEFT JOIN subject_phone f ON f.person_id = p.id
    WHERE p.subject_id = s.id AND upper_inf(p.valid)) AS persons, (
    SELECT coalesce(json_agg(json_build_object('zone_kind', l.zone_kind, 'zone', l.zone_code)), '[]')
    FROM subject_place l WHERE l.subject_id = s.id AND upper_inf(l.valid)) AS places
FROM subject s
JOIN subject_version v ON v.subject_id = s.id AND upper_inf(v.valid)
WHERE s.merged_into IS NULL
ORDER BY s.number

-- townships_of_zones --
-- The townships of zones, by kind and code.
SELECT DISTINCT ON (z.kind, z.code) z.kind, z.code, z.township_code AS township
FROM jsonb_to_recordset(CAST(:zones AS jsonb)) AS w (zone_kind text, zone text)
JOIN zone z ON z.kind = w.zone_kind AND z.code = w.zone
ORDER BY z.kind, z.code, isempty(z.valid), z.version DESC
