-- find_thing --
-- What a record is about, on its day and as far as the asker sees it; whether it is for their body to say something of.
WITH asked AS (
  SELECT CAST(:kind AS text) AS kind, CAST(:code AS text) AS code, CAST(:zone_kind AS text) AS zone_kind,
    CAST(:township AS text) AS township, CAST(:day AS date) AS day
), found AS (
  SELECT z.name, z.id AS zone_id, CAST(NULL AS uuid) AS case_id, CAST(NULL AS uuid) AS person_id,
    CAST(NULL AS uuid) AS subject_id, z.township_code, true AS is_ended, ST_PointOnSurface(z.geom) AS place
  FROM asked a JOIN zone z ON z.kind = a.zone_kind AND z.code = a.code AND z.valid @> a.day
  WHERE a.kind = 'zone'
  UNION ALL
  SELECT DISTINCT s.name, CAST(NULL AS bigint), CAST(NULL AS uuid), CAST(NULL AS uuid), CAST(NULL AS uuid), s.township_code,
    true, CAST(NULL AS geometry)
  FROM asked a JOIN street s ON s.name = a.code AND s.valid @> a.day
  WHERE a.kind = 'street' AND (a.township IS NULL OR s.township_code = a.township)
  UNION ALL
  SELECT o.name, NULL, NULL, NULL, NULL, o.code, true, NULL
  FROM asked a JOIN organisation o ON o.code = a.code AND o.kind = 'township'
  WHERE a.kind = 'township'
  UNION ALL
  SELECT c.number, NULL, c.id, NULL, NULL, c.township_code, c.closed_at IS NOT NULL, c.place
  FROM asked a JOIN case_file c ON c.number = a.code
  WHERE a.kind = 'case'
  UNION ALL
  SELECT p.name, NULL, NULL, p.id, NULL, p.township_code, true, NULL
  FROM asked a CROSS JOIN LATERAL record_person_v1(a.code) p
  WHERE a.kind = 'person'
  UNION ALL
  SELECT coalesce(v.name, s.code), NULL, NULL, NULL, s.id, s.township_code, true, NULL
  FROM asked a JOIN subject s ON s.code = a.code
  LEFT JOIN LATERAL (SELECT n.name FROM subject_version n WHERE n.subject_id = s.id AND n.valid @> a.day LIMIT 1) v ON true
  WHERE a.kind = 'subject'
)
SELECT f.name, f.zone_id, f.case_id, f.person_id, f.subject_id, f.township_code, f.is_ended, ST_X(f.place) AS lon,
  ST_Y(f.place) AS lat, (f.case_id IS NOT NULL OR f.person_id IS NOT NULL OR o.kind = 'district'
    OR o.code = f.township_code) AS is_ours
FROM found f LEFT JOIN organisation o ON o.id = current_organisation()
LIMIT 2

-- township_of_place --
-- The township a place lies in on a day, if any.
SELECT township_at_v1(CAST(:lon AS double precision), CAST(:lat AS double precision), CAST(:day AS date))

-- organisation_of_township --
-- The body that a township's people belong to.
SELECT o.id FROM organisation o WHERE o.code = CAST(:code AS text)

-- insert_record --
-- A form that was filled in; nothing when the id was used before.
INSERT INTO form_record (id, form, rulebook_id, account_id, organisation_id, shift_id, at, day, received_at, digest,
  about_kind, about_code, about_name, zone_id, case_id, person_id, subject_id, township_code, place, sent_lon, sent_lat,
  datum, accuracy_m, answers, score, no_score, heads, sees, means, visit, hot_spot, corrects)
SELECT CAST(:id AS uuid), CAST(:form AS text), CAST(:rulebook AS bigint), current_account(), current_organisation(),
  record_shift_v1(CAST(:at AS timestamptz)), CAST(:at AS timestamptz), CAST(:day AS date), CAST(:received_at AS timestamptz),
  CAST(:digest AS text), CAST(:about_kind AS text), CAST(:about_code AS text), CAST(:about_name AS text),
  CAST(:zone_id AS bigint), CAST(:case_id AS uuid), CAST(:person_id AS uuid), CAST(:subject_id AS uuid),
  CAST(:township AS text),
  ST_SetSRID(ST_MakePoint(CAST(:lon AS double precision), CAST(:lat AS double precision)), 4326),
  CAST(:sent_lon AS double precision), CAST(:sent_lat AS double precision), CAST(:datum AS text),
  CAST(:accuracy_m AS double precision), CAST(:answers AS jsonb), CAST(:score AS numeric), CAST(:no_score AS text),
  CAST(:heads AS jsonb), CAST(:sees AS text), CAST(:means AS text), CAST(:visit AS text), CAST(:hot_spot AS boolean),
  CAST(:corrects AS uuid)
ON CONFLICT ON CONSTRAINT form_record_pkey DO NOTHING
RETURNING id

-- kept_scores --
-- Every record with the answers and the set of forms that its score was made of.
SELECT r.id, r.form, r.day, r.rulebook_id, CAST(r.answers AS text) AS answers, CAST(r.score AS text) AS score, r.no_score,
  CAST(r.heads AS text) AS heads
FROM form_record r ORDER BY r.received_at, r.id

-- list_records --
-- Records the asker sees, the newest first, or one of them.
SELECT r.id, r.form, r.rulebook_id, r.account_id, account_name_v1(r.account_id) AS by_name, o.code AS body,
  o.body_name, r.at, r.received_at, r.digest, r.about_kind, r.about_code, r.about_name, z.kind AS zone_kind, r.township_code,
  ST_X(r.place) AS lon, ST_Y(r.place) AS lat, CAST(r.answers AS text) AS answers, r.score, r.no_score,
  CAST(r.heads AS text) AS heads, r.sees, r.means, r.visit, r.shift_id, s.outside_roster, r.corrects, n.id AS corrected_by
FROM form_record r
JOIN organisation o ON o.id = r.organisation_id
LEFT JOIN zone z ON z.id = r.zone_id
LEFT JOIN shift s ON s.id = r.shift_id
LEFT JOIN form_record n ON n.corrects = r.id
WHERE (CAST(:id AS uuid) IS NULL OR r.id = CAST(:id AS uuid))
  AND (CAST(:form AS text) IS NULL OR r.form = CAST(:form AS text))
  AND (CAST(:about_kind AS text) IS NULL OR r.about_kind = CAST(:about_kind AS text))
  AND (CAST(:about AS text) IS NULL OR r.about_code = CAST(:about AS text))
  AND (CAST(:township AS text) IS NULL OR r.township_code = CAST(:township AS text))
  AND (CAST(:by AS uuid) IS NULL OR r.account_id = CAST(:by AS uuid))
  AND (CAST(:first AS date) IS NULL OR r.day >= CAST(:first AS date))
  AND (CAST(:last AS date) IS NULL OR r.day <= CAST(:last AS date))
  AND (NOT CAST(:current AS boolean) OR n.id IS NULL)
  AND (CAST(:before_at AS timestamptz) IS NULL
    OR (r.at, r.id) < (CAST(:before_at AS timestamptz), CAST(:before AS uuid)))
ORDER BY r.at DESC, r.id DESC
LIMIT CAST(:rows AS integer)

-- fetch_corrected --
-- The record that another one corrects, as far as the asker sees it.
SELECT r.form, r.about_kind, r.about_code, EXISTS (SELECT 1 FROM form_record n WHERE n.corrects = r.id) AS is_corrected
FROM form_record r WHERE r.id = CAST(:id AS uuid)

-- fetch_kept --
-- Whether an id was used, as far as the asker sees it.
SELECT r.digest, r.account_id = current_account() AS is_mine FROM form_record r WHERE r.id = CAST(:id AS uuid)

-- rank_records --
-- Things that records of a form within a period are about, with the mean of their stored scores, the best first; and what the
-- newest record of another form about the same says of a field by the end of it.
SELECT t.about_code AS code, t.about_name AS name, t.township_code, t.score, t.records, t.unscored,
  coalesce(g.flagged, false) AS flagged
FROM (
  SELECT r.about_code, r.township_code, max(r.about_name) AS about_name, avg(r.score) AS score,
    count(*) FILTER (WHERE r.score IS NULL) AS unscored, array_agg(CAST(r.id AS text) ORDER BY r.at, r.id) AS records
  FROM form_record r
  WHERE r.form = CAST(:form AS text) AND r.day BETWEEN CAST(:first AS date) AND CAST(:last AS date)
    AND r.about_code IS NOT NULL AND NOT EXISTS (SELECT 1 FROM form_record n WHERE n.corrects = r.id)
  GROUP BY r.about_code, r.township_code
) t
LEFT JOIN LATERAL (
  SELECT CAST(f.answers ->> CAST(:flag_field AS text) AS boolean) AS flagged FROM form_record f
  WHERE f.form = CAST(:flag_form AS text) AND f.about_code = t.about_code AND f.township_code IS NOT DISTINCT FROM t.township_code
    AND f.day <= CAST(:last AS date) AND NOT EXISTS (SELECT 1 FROM form_record n WHERE n.corrects = f.id)
  ORDER BY f.at DESC LIMIT 1) g ON true
ORDER BY t.score DESC NULLS LAST, t.about_code, t.township_code

-- head_scores --
-- Every thing that records of a form within a period are about: the mean of each head's stored scores, and the records.
WITH counted AS (
  SELECT r.id, r.at, r.about_code, r.about_name, r.score, r.heads FROM form_record r
  WHERE r.form = CAST(:form AS text) AND r.day BETWEEN CAST(:first AS date) AND CAST(:last AS date)
    AND r.about_code IS NOT NULL AND NOT EXISTS (SELECT 1 FROM form_record n WHERE n.corrects = r.id)
), headed AS (
  SELECT c.about_code, h.key AS head, avg(CAST(h.value ->> 'score' AS numeric)) AS score
  FROM counted c CROSS JOIN LATERAL jsonb_each(c.heads) AS h
  GROUP BY c.about_code, h.key
)
SELECT c.about_code AS code, max(c.about_name) AS name, avg(c.score) AS score,
  array_agg(CAST(c.id AS text) ORDER BY c.at, c.id) AS records,
  CAST((SELECT coalesce(json_object_agg(h.head, CAST(h.score AS text)), '{}') FROM headed h WHERE h.about_code = c.about_code)
    AS text) AS heads
FROM counted c
GROUP BY c.about_code
ORDER BY c.about_code

-- records_of_round --
-- How every zone of a kind stands in a round of a form.
SELECT z.code, z.name, z.township_code, z.record_id, z.at
FROM records_of_round_v1(CAST(:form AS text), CAST(:kind AS text), CAST(:on AS date), CAST(:first AS date),
  CAST(:until AS date)) z

-- listening_grid --
-- Cases opened and notes made within a period that the asker sees, counted by cells of the metric plane, most first.
WITH spot AS (
  SELECT 'case' AS what, to_metric(c.place) AS place FROM case_file c
  WHERE c.opened_at >= CAST(:from_at AS timestamptz) AND c.opened_at < CAST(:until_at AS timestamptz)
  UNION ALL
  SELECT 'note', to_metric(r.place) FROM form_record r
  WHERE r.hot_spot AND r.place IS NOT NULL AND r.at >= CAST(:from_at AS timestamptz) AND r.at < CAST(:until_at AS timestamptz)
    AND NOT EXISTS (SELECT 1 FROM form_record n WHERE n.corrects = r.id)
), cell AS (
  SELECT CAST(floor(ST_X(s.place) / CAST(:cell_m AS integer)) AS bigint) AS east,
    CAST(floor(ST_Y(s.place) / CAST(:cell_m AS integer)) AS bigint) AS north,
    count(*) FILTER (WHERE s.what = 'case') AS cases, count(*) FILTER (WHERE s.what = 'note') AS notes
  FROM spot s GROUP BY 1, 2
)
SELECT c.east, c.north, c.cases, c.notes,
  ST_AsGeoJSON(ST_Transform(ST_MakeEnvelope(c.east * CAST(:cell_m AS integer), c.north * CAST(:cell_m AS integer),
    (c.east + 1) * CAST(:cell_m AS integer), (c.north + 1) * CAST(:cell_m AS integer), metric_srid()), 4326), 7) AS outline
FROM cell c
ORDER BY c.cases + c.notes DESC, c.east, c.north
LIMIT CAST(:rows AS integer)
