-- fetch_context --
-- Everything one intake needs to know, in one round trip: whether the id is taken, candidate zones, what the category
-- says and its duties, the bodies and the rules of routing, the officer's fixes around that time, photos sent before, the case named,
-- other readings of the datum.
WITH candidate AS MATERIALIZED (
  SELECT c.kind, c.code, c.name, c.version, c.township, c.distance_m, c.wkb
  FROM zone_candidates_v1(CAST(:x AS double precision), CAST(:y AS double precision), CAST(:radius_m AS double precision),
    CAST(:on AS date), CAST(:hint AS text), CAST(:candidates_max AS integer)) c
), before AS (
  SELECT p.place, p.captured_at FROM report p
  WHERE p.officer_id = current_account() AND p.captured_at <= CAST(:captured_at AS timestamptz)
    AND p.captured_at >= CAST(:captured_at AS timestamptz) - make_interval(secs => CAST(:recent_s AS integer))
  ORDER BY p.captured_at DESC LIMIT 3
), after AS (
  SELECT p.place, p.captured_at FROM report p
  WHERE p.officer_id = current_account() AND p.captured_at > CAST(:captured_at AS timestamptz)
    AND p.captured_at <= CAST(:captured_at AS timestamptz) + make_interval(secs => CAST(:recent_s AS integer))
  ORDER BY p.captured_at LIMIT 3
)
SELECT CAST(json_build_object(
  'taken', (SELECT row_to_json(t) FROM report_taken_v1(CAST(:report_id AS uuid)) t),
  'candidates', (SELECT coalesce(json_agg(row_to_json(c)), '[]') FROM candidate c),
  'category', (
    SELECT json_build_object('code', k.code, 'none_weights', k.none_weights, 'about', k.about,
      'parking', CASE WHEN k.about IS NOT NULL THEN (
        SELECT json_object_agg(c.code, parking_attributes_v1(c.code, c.version)) FROM candidate c
        WHERE c.kind = 'parking') END)
    FROM category k WHERE k.code = CAST(:category AS text) AND k.valid @> CAST(:on AS date)),
  'bodies', (
    SELECT json_object_agg(o.code, json_build_object('id', o.id, 'name', o.name, 'kind', o.kind)) FROM organisation o),
  'rules', routing_rules_on_v1(CAST(:on AS date), CAST(:category AS text), CAST(:held_rule_sets AS bigint[])),
  'duties', duties_on_v1(CAST(:on AS date), CAST(:category AS text)),
  'recent', (
    SELECT coalesce(json_agg(json_build_object('lon', ST_X(r.place), 'lat', ST_Y(r.place), 'at', r.captured_at)), '[]')
    FROM (SELECT place, captured_at FROM before UNION ALL SELECT place, captured_at FROM after) r),
  'reused', CASE WHEN cardinality(CAST(:digests AS text[])) = 0 THEN '[]' ELSE (
    SELECT coalesce(json_agg(row_to_json(u)), '[]')
    FROM photo_reuse_v1(CAST(:report_id AS uuid), CAST(:digests AS text[])) u) END,
  'case', (
    SELECT json_build_object('id', c.id, 'number', c.number, 'state', c.state, 'due_at', c.due_at,
      'organisation_id', c.organisation_id)
    FROM case_file c WHERE c.number = CAST(:case_number AS text)),
  'fits', (
    SELECT CASE WHEN EXISTS (SELECT 1 FROM candidate c WHERE c.kind NOT IN ('township', 'community', 'grid')) THEN NULL
      ELSE (
        SELECT json_object_agg(a.datum, zone_fits_v1(a.x, a.y, CAST(:fit_m AS double precision), CAST(:on AS date)))
        FROM unnest(CAST(:alternative_datums AS text[]), CAST(:alternative_xs AS double precision[]),
          CAST(:alternative_ys AS double precision[])) AS a (datum, x, y)) END)
) AS text)

-- insert_report --
-- The whole of one intake: report, photos, match, findings, duty, and its case with ledger, inbox and outbox, or its place in
-- the case it names. An id taken meanwhile inserts nothing and returns nothing.
WITH new_report AS (
  INSERT INTO report (id, officer_id, organisation_id, digest, payload, captured_at, received_at, judged_on, place,
    sent_lon, sent_lat, datum, accuracy_m, bearing_deg, source, category, township_code, zone_codes)
  VALUES (CAST(:report_id AS uuid), current_account(), CAST(:organisation_id AS uuid), CAST(:digest AS text),
    CAST(:payload AS text), CAST(:captured_at AS timestamptz), CAST(:received_at AS timestamptz), CAST(:on AS date),
    ST_SetSRID(ST_MakePoint(CAST(:lon AS double precision), CAST(:lat AS double precision)), 4326),
    CAST(:sent_lon AS double precision), CAST(:sent_lat AS double precision), CAST(:datum AS text),
    CAST(:accuracy_m AS double precision), CAST(:bearing_deg AS double precision), CAST(:source AS text),
    CAST(:category AS text), CAST(:township_code AS text), CAST(:zone_codes AS text[]))
  ON CONFLICT (id) DO NOTHING
  RETURNING id, place, received_at
), declared AS (
  INSERT INTO report_photo (report_id, sha256, ordinal, role, captured_at)
  SELECT n.id, d.sha256, d.ordinal, d.role, d.captured_at
  FROM new_report n, jsonb_to_recordset(CAST(:declared AS jsonb))
    AS d (sha256 text, ordinal integer, role text, captured_at timestamptz)
), known_photo AS (
  INSERT INTO photo (sha256, size_bytes, format, width_px, height_px, exif, first_received_at)
  SELECT p.sha256, p.size_bytes, p.format, p.width_px, p.height_px, p.exif, n.received_at
  FROM new_report n, jsonb_to_recordset(CAST(:photos AS jsonb))
    AS p (sha256 text, size_bytes bigint, format text, width_px integer, height_px integer, exif jsonb)
  ON CONFLICT DO NOTHING
), arrived AS (
  INSERT INTO photo_arrival (report_id, sha256, received_at)
  SELECT n.id, p.sha256, n.received_at
  FROM new_report n, jsonb_to_recordset(CAST(:photos AS jsonb)) AS p (sha256 text)
), matched AS (
  INSERT INTO zone_match (report_id, made_at, algorithm, judged_on, result, routing)
  SELECT n.id, n.received_at, CAST(:algorithm AS text), CAST(:on AS date), CAST(:match AS json), CAST(:routing AS json)
  FROM new_report n
), found AS (
  INSERT INTO finding (report_id, sha256, code, params, found_at)
  SELECT n.id, f.sha256, f.code, f.params, n.received_at
  FROM new_report n, jsonb_to_recordset(CAST(:findings AS jsonb)) AS f (sha256 text, code text, params jsonb)
), dutiful AS (
  INSERT INTO report_duty (report_id, rulebook_id, duty, items, told)
  SELECT n.id, d.rulebook_id, d.duty, d.items, d.told
  FROM new_report n, jsonb_to_recordset(CAST(:duty AS jsonb))
    AS d (rulebook_id bigint, duty text, items text[], told boolean)
), opened AS (
  SELECT o.case_id, o.case_number, o.case_state, o.case_due_at, 'opened' AS relation
  FROM new_report n, case_open_v1(CAST(:case_prefix AS text), CAST(:organisation_id AS uuid), CAST(:township_code AS text),
    CAST(:category AS text), n.place, n.received_at, CAST(:reason AS text), CAST(:ledger_body AS text)) o
  WHERE CAST(:attach_to AS uuid) IS NULL
), attached AS (
  SELECT CAST(:attach_to AS uuid) AS case_id,
    ledger_append_v1(CAST(:attach_to AS uuid), 'report.attached', CAST(:ledger_body AS text)) AS seq
  FROM new_report
  WHERE CAST(:attach_to AS uuid) IS NOT NULL
), of_case AS (
  SELECT case_id, case_number, case_state, case_due_at, relation FROM opened
  UNION ALL
  SELECT case_id, NULL, NULL, NULL, 'attached' FROM attached WHERE seq > 0
), linked AS (
  INSERT INTO case_report (case_id, report_id, relation)
  SELECT c.case_id, n.id, c.relation FROM new_report n, of_case c
), jobs AS (
  SELECT count(job_put_v1('make_thumbnail', jsonb_build_object('sha256', p.sha256))) AS put
  FROM new_report n, jsonb_to_recordset(CAST(:photos AS jsonb)) AS p (sha256 text)
)
SELECT c.case_number, c.case_state, c.case_due_at, (SELECT put FROM jobs) AS jobs FROM of_case c

-- fetch_report --
-- One report with its newest match, photos, findings and case, as its receipt and its page need it; row-level security
-- decides whether it is there at all.
SELECT CAST(json_build_object(
  'id', r.id, 'digest', r.digest, 'officer_id', r.officer_id, 'received_at', r.received_at, 'captured_at', r.captured_at,
  'payload', r.payload, 'township_code', r.township_code, 'category', r.category, 'lon', ST_X(r.place), 'lat', ST_Y(r.place),
  'match', m.result, 'routing', m.routing, 'matched_at', m.made_at,
  'township', (SELECT json_build_object('code', o.code, 'name', o.name) FROM organisation o WHERE o.code = r.township_code),
  'photos', (
    SELECT coalesce(json_agg(json_build_object('sha256', p.sha256, 'role', p.role, 'captured_at', p.captured_at,
      'received_at', a.received_at, 'format', f.format, 'width_px', f.width_px, 'height_px', f.height_px,
      'size_bytes', f.size_bytes) ORDER BY p.ordinal), '[]')
    FROM report_photo p
    LEFT JOIN photo_arrival a ON a.report_id = p.report_id AND a.sha256 = p.sha256
    LEFT JOIN photo f ON f.sha256 = a.sha256
    WHERE p.report_id = r.id),
  'findings', (
    SELECT coalesce(json_agg(json_build_object('code', f.code, 'params', f.params, 'sha256', f.sha256) ORDER BY f.id), '[]')
    FROM finding f WHERE f.report_id = r.id),
  'duty', (
    SELECT json_build_object('duty', d.duty, 'told', d.told, 'rulebook', json_build_object('id', s.id, 'version', s.version,
      'name', s.name), 'items', (
        SELECT json_agg(i.row ORDER BY array_position(d.items, i.row ->> 'code'))
        FROM json_array_elements(s.rows) AS i (row) WHERE i.row ->> 'code' = ANY (d.items)))
    FROM report_duty d JOIN rulebook s ON s.id = d.rulebook_id WHERE d.report_id = r.id),
  'case', (
    SELECT json_build_object('id', c.id, 'number', c.number, 'state', c.state, 'due_at', c.due_at)
    FROM case_report cr JOIN case_file c ON c.id = cr.case_id WHERE cr.report_id = r.id)
) AS text)
FROM report r
JOIN LATERAL (
  SELECT z.result, z.routing, z.made_at FROM zone_match z WHERE z.report_id = r.id ORDER BY z.id DESC LIMIT 1) m ON true
WHERE r.id = CAST(:report_id AS uuid)

-- insert_arrival --
-- One photo that came after its report: its facts, its arrival, what it brings to light, the ledger entry and the
-- thumbnail job. A photo that is there already changes nothing.
WITH arrived AS (
  INSERT INTO photo_arrival (report_id, sha256, received_at)
  SELECT p.report_id, p.sha256, CAST(:received_at AS timestamptz)
  FROM report_photo p
  WHERE p.report_id = CAST(:report_id AS uuid) AND p.sha256 = CAST(:sha256 AS text)
  ON CONFLICT (report_id, sha256) DO NOTHING
  RETURNING report_id, sha256
), known_photo AS (
  INSERT INTO photo (sha256, size_bytes, format, width_px, height_px, exif, first_received_at)
  SELECT p.sha256, p.size_bytes, p.format, p.width_px, p.height_px, p.exif, CAST(:received_at AS timestamptz)
  FROM arrived a JOIN jsonb_to_record(CAST(:photo AS jsonb))
    AS p (sha256 text, size_bytes bigint, format text, width_px integer, height_px integer, exif jsonb) ON p.sha256 = a.sha256
  ON CONFLICT DO NOTHING
), found AS (
  INSERT INTO finding (report_id, sha256, code, params, found_at)
  SELECT a.report_id, f.sha256, f.code, f.params, CAST(:received_at AS timestamptz)
  FROM arrived a, jsonb_to_recordset(CAST(:findings AS jsonb)) AS f (sha256 text, code text, params jsonb)
)
SELECT ledger_append_v1(c.case_id, 'photo.received', CAST(:ledger_body AS text)) AS seq,
  job_put_v1('make_thumbnail', jsonb_build_object('sha256', a.sha256)) AS job
FROM arrived a JOIN case_report c ON c.report_id = a.report_id

-- fetch_photo --
-- Whether a photo of a report may be read: only when the report is visible and the bytes came.
SELECT f.format, f.size_bytes
FROM photo_arrival a JOIN photo f ON f.sha256 = a.sha256
WHERE a.report_id = CAST(:report_id AS uuid) AND a.sha256 = CAST(:sha256 AS text)

-- fetch_taken --
-- Whose id this is and what was sent under it.
SELECT t.digest, t.mine FROM report_taken_v1(CAST(:report_id AS uuid)) t

-- count_themes --
-- Cases opened in a period, by the theme that their category had on the local day, and by category.
WITH themed AS MATERIALIZED (
  SELECT s.valid, r.row ->> 'code' AS code, r.row ->> 'theme' AS theme
  FROM rulebook s, json_array_elements(s.rows) AS r (row) WHERE s.kind = 'themes' AND NOT isempty(s.valid)
)
SELECT t.theme, c.category, count(*) AS cases
FROM case_file c
LEFT JOIN themed t ON t.code = c.category
  AND t.valid @> CAST(c.opened_at AT TIME ZONE CAST(:time_zone AS text) AS date)
WHERE c.opened_at >= CAST(:begin AS timestamptz) AND c.opened_at < CAST(:end AS timestamptz)
GROUP BY t.theme, c.category
ORDER BY cases DESC, c.category

-- categories_without_theme --
-- Categories that reports of a day carry and of which the themes of that day say nothing.
SELECT c.code FROM category c
WHERE c.valid @> CAST(:on AS date)
  AND NOT EXISTS (SELECT 1 FROM category b WHERE b.parent = c.code AND b.valid @> CAST(:on AS date))
  AND NOT EXISTS (
    SELECT 1 FROM rulebook s, json_array_elements(s.rows) AS r (row)
    WHERE s.kind = 'themes' AND s.valid @> CAST(:on AS date) AND r.row ->> 'code' = c.code)
ORDER BY c.code
