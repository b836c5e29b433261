-- gather_case --
-- All that a file about one case says, in one round trip: the case as its row stands, its ledger with the bytes that were
-- hashed, its reports as received with matches, photos and findings, and who stands in it. Row-level security decides.
SELECT CAST(json_build_object(
  'case', (to_jsonb(c) - 'place' - 'tile_key') || jsonb_build_object('lon', ST_X(c.place), 'lat', ST_Y(c.place)),
  'body', (SELECT json_build_object('code', o.code, 'name', o.body_name) FROM organisation o WHERE o.id = c.organisation_id),
  'township', (SELECT json_build_object('code', o.code, 'name', o.name) FROM organisation o WHERE o.code = c.township_code),
  'district', (SELECT json_build_object('code', o.code, 'name', o.body_name) FROM organisation o WHERE o.kind = 'district'),
  'bodies', (SELECT json_object_agg(o.code, o.body_name) FROM organisation o),
  'category', (
    SELECT json_build_object('code', k.code, 'name', k.name, 'name_en', k.name_en, 'list_id', k.list_id,
      'list_version', k.list_version)
    FROM category k
    WHERE k.code = c.category AND k.valid @> CAST(c.opened_at AT TIME ZONE CAST(:time_zone AS text) AS date)),
  'entries', (
    SELECT json_agg(json_build_object('seq', l.seq,
      'recorded_at', to_char(l.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'actor_id', l.actor_id,
      'action', l.action, 'body', l.body, 'prev_hash', l.prev_hash, 'hash', l.hash) ORDER BY l.seq)
    FROM ledger l WHERE l.case_id = c.id),
  'reports', (
    SELECT coalesce(json_agg(json_build_object('id', r.id, 'relation', cr.relation, 'officer_id', r.officer_id,
      'captured_at', r.captured_at, 'received_at', r.received_at, 'judged_on', r.judged_on, 'digest', r.digest,
      'payload', r.payload, 'lon', ST_X(r.place), 'lat', ST_Y(r.place), 'accuracy_m', r.accuracy_m,
      'bearing_deg', r.bearing_deg, 'datum', r.datum,
      'matches', (
        SELECT json_agg(json_build_object('made_at', m.made_at, 'algorithm', m.algorithm, 'judged_on', m.judged_on,
          'result', CAST(m.result AS text), 'routing', m.routing) ORDER BY m.id)
        FROM zone_match m WHERE m.report_id = r.id),
      'findings', (
        SELECT coalesce(json_agg(json_build_object('code', f.code, 'params', f.params, 'sha256', f.sha256,
          'found_at', f.found_at) ORDER BY f.id), '[]')
        FROM finding f WHERE f.report_id = r.id),
      'photos', (
        SELECT coalesce(json_agg(json_build_object('sha256', p.sha256, 'role', p.role, 'captured_at', p.captured_at,
          'received_at', a.received_at, 'format', f.format, 'width_px', f.width_px, 'height_px', f.height_px,
          'size_bytes', f.size_bytes, 'exif', f.exif) ORDER BY p.ordinal), '[]')
        FROM report_photo p
        LEFT JOIN photo_arrival a ON a.report_id = p.report_id AND a.sha256 = p.sha256
        LEFT JOIN photo f ON f.sha256 = a.sha256
        WHERE p.report_id = r.id)
    ) ORDER BY r.received_at, r.id), '[]')
    FROM case_report cr JOIN report r ON r.id = cr.report_id WHERE cr.case_id = c.id),
  'related', (
    SELECT coalesce(json_agg(json_build_object('number', o.number, 'how', CASE
      WHEN o.merged_into = c.id THEN 'merged_into_this' WHEN o.id = c.merged_into THEN 'this_merged_into'
      WHEN o.parent_id = c.id THEN 'part_of_this' ELSE 'this_part_of' END) ORDER BY o.number), '[]')
    FROM case_file o
    WHERE o.merged_into = c.id OR o.parent_id = c.id OR o.id IN (c.merged_into, c.parent_id)),
  'zone_choices', (
    SELECT coalesce(json_agg(json_build_object('seq', x.seq, 'kind', z.kind, 'code', z.code, 'name', z.name,
      'version', z.version, 'share', x.share, 'algorithm', x.algorithm, 'routing', x.routing, 'chosen_by', x.chosen_by,
      'chosen_at', x.chosen_at, 'holds', x.id IS NOT DISTINCT FROM c.zone_choice_id) ORDER BY x.id), '[]')
    FROM zone_choice x LEFT JOIN zone z ON z.id = x.zone_id
    WHERE x.case_id = c.id OR x.id = c.zone_choice_id),
  'people', (SELECT coalesce(json_agg(row_to_json(p)), '[]') FROM case_people_v1(c.id) p),
  'head_run', (SELECT h.run FROM case_head h WHERE h.case_id = c.id)
) AS text)
FROM case_file c
WHERE c.number = CAST(:number AS text)

-- gather_papers --
-- What is on paper about a case: proceedings as they stand, documents with what each says as the very text that was hashed
-- and how it was served, and the attachments that they, those services and the ledger name. Row-level security decides.
WITH papers AS (
  SELECT d.* FROM document d WHERE d.case_id = CAST(:case_id AS uuid)
), services AS (
  SELECT t.document_id, t.id, t.how, t.rulebook_id, t.electronic, t.consent_id, t.served_at, t.note, t.digest, t.recorded_at,
    t.recorded_by, w.outcome, w.at AS outcome_at, w.trouble, w.receipt,
    (SELECT r.value ->> 'name' FROM rulebook b, json_array_elements(b.rows) AS r (value)
     WHERE b.id = t.rulebook_id AND r.value ->> 'code' = t.how) AS how_name
  FROM papers p
  JOIN service_attempt t ON t.document_id = p.id
  LEFT JOIN service_outcome w ON w.attempt_id = t.id
), named AS (
  SELECT unnest(CAST(:digests AS text[])) AS sha256
  UNION SELECT unnest(p.attachments) FROM papers p
  UNION SELECT s.receipt FROM services s
)
SELECT CAST(json_build_object(
  'proceedings', (
    SELECT coalesce(json_agg(json_build_object('number', p.number, 'party', p.party_name, 'body', o.body_name,
      'procedure', p.procedure, 'state', p.state, 'item', (
        SELECT r.value ->> 'name' FROM rulebook b, json_array_elements(b.rows) AS r (value)
        WHERE b.id = p.items_id AND r.value ->> 'code' = p.item)) ORDER BY p.opened_at, p.number), '[]')
    FROM proceeding p JOIN organisation o ON o.id = p.organisation_id WHERE p.case_id = CAST(:case_id AS uuid)),
  'documents', (
    SELECT coalesce(json_agg(json_build_object('id', p.id, 'code', p.code, 'kind', p.kind, 'title', p.title,
      'digest', p.digest, 'content', CAST(p.content AS text), 'attachments', p.attachments, 'replaces', p.replaces,
      'made_at', p.made_at, 'made_by', p.made_by, 'valid_from', lower(p.valid), 'valid_to', upper(p.valid),
      'services', (
        SELECT coalesce(json_agg(to_jsonb(s) - 'document_id' ORDER BY s.recorded_at, s.id), '[]')
        FROM services s WHERE s.document_id = p.id)) ORDER BY p.made_at, p.id), '[]')
    FROM papers p),
  'attachments', (
    SELECT coalesce(json_agg(json_build_object('sha256', a.sha256, 'media_type', a.media_type, 'size_bytes', a.size_bytes,
      'received_at', a.received_at, 'received_from', a.received_from) ORDER BY a.received_at, a.sha256), '[]')
    FROM attachment a JOIN named n ON n.sha256 = a.sha256)
) AS text)

-- fetch_schedules --
-- Office hours and calendars that clocks of a case were counted by, as the very text that was hashed.
SELECT s.id, CAST(s.content AS text) AS content
FROM work_schedule s
WHERE s.id = ANY (CAST(:ids AS bigint[]))
ORDER BY s.id

-- note_export --
-- The ledger entry of a file that leaves: who took what, and its digest.
SELECT ledger_append_v1(c.id, 'evidence.exported', CAST(:body AS text))
FROM case_file c
WHERE c.number = CAST(:number AS text)

-- fetch_surroundings --
-- What a sketch draws around a spot on a day, in metres east and north of it: places a thing may lie in, and streets.
WITH spot AS (
  SELECT to_metric(ST_SetSRID(ST_MakePoint(CAST(:lon AS double precision), CAST(:lat AS double precision)), 4326)) AS here
), frame AS (
  SELECT ST_X(here) AS x, ST_Y(here) AS y, ST_Expand(here, CAST(:half_m AS double precision)) AS box FROM spot
)
SELECT CAST(json_build_object(
  'zones', (
    SELECT coalesce(json_agg(json_build_object('kind', z.kind, 'code', z.code, 'name', z.name,
      'shape', CAST(ST_AsGeoJSON(ST_Translate(ST_ClipByBox2D(z.geom_m, CAST(f.box AS box2d)), -f.x, -f.y), 2) AS json))
      ORDER BY ST_Distance(z.geom_m, spot.here), z.code), '[]')
    FROM (
      SELECT s.* FROM zone s, frame g
      WHERE s.kind IN ('frontage', 'parking', 'site') AND s.valid @> CAST(:on AS date)
        AND s.geom && ST_Transform(g.box, 4326) AND s.geom_m && g.box
      ORDER BY s.kind, s.code LIMIT CAST(:zones_max AS integer)) z, frame f, spot),
  'streets', (
    SELECT coalesce(json_agg(json_build_object('name', s.name, 'width_m', s.width_m,
      'shape', CAST(ST_AsGeoJSON(ST_Translate(ST_ClipByBox2D(s.geom_m, CAST(f.box AS box2d)), -f.x, -f.y), 2) AS json))
      ORDER BY s.id), '[]')
    FROM street s, frame f
    WHERE s.valid @> CAST(:on AS date) AND s.geom_m && f.box)
) AS text)
FROM frame

-- fetch_caption --
-- What a stamped copy of a photo says below it; row-level security decides whether there is one.
SELECT CAST(json_build_object('captured_at', coalesce(p.captured_at, r.captured_at), 'received_at', a.received_at,
  'lon', ST_X(r.place), 'lat', ST_Y(r.place), 'accuracy_m', r.accuracy_m, 'match', m.result,
  'township', (SELECT o.name FROM organisation o WHERE o.code = r.township_code),
  'case', (SELECT c.number FROM case_report cr JOIN case_file c ON c.id = cr.case_id WHERE cr.report_id = r.id),
  'officer', (
    SELECT w.username FROM case_report cr, case_people_v1(cr.case_id) w
    WHERE cr.report_id = r.id AND w.id = r.officer_id)
) AS text)
FROM report r
JOIN report_photo p ON p.report_id = r.id AND p.sha256 = CAST(:sha256 AS text)
JOIN photo_arrival a ON a.report_id = r.id AND a.sha256 = p.sha256
JOIN LATERAL (SELECT z.result FROM zone_match z WHERE z.report_id = r.id ORDER BY z.id DESC LIMIT 1) m ON true
WHERE r.id = CAST(:report_id AS uuid)
