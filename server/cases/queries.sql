-- fetch_casework --
-- One case with all that its page and its next action need, in one round trip; row-level security decides whether it is
-- there at all. What an action names (bodies, categories, the case it merges into, its key) comes with it.
SELECT CAST(json_build_object(
  'id', c.id, 'number', c.number, 'state', c.state, 'version', c.version, 'category', c.category,
  'opened_at', c.opened_at, 'due_at', c.due_at, 'closed_at', c.closed_at, 'emergency', c.emergency, 'round', c.round,
  'round_began_at', c.round_began_at, 'lon', ST_X(c.place), 'lat', ST_Y(c.place), 'organisation_id', c.organisation_id,
  'department', c.department, 'suspended_from', c.suspended_from, 'suspended_until', c.suspended_until,
  'extension', c.extension, 'parent_id', c.parent_id, 'parent_relation', c.parent_relation,
  'frozen', c.deadline IS NOT NULL,
  'deadline', coalesce(c.deadline, case_deadline_v1(c.category, on_day.opened)),
  'clocks', case_clocks_v1(c.id),
  'body', (SELECT json_build_object('code', o.code, 'name', o.body_name) FROM organisation o WHERE o.id = c.organisation_id),
  'township', (SELECT json_build_object('code', o.code, 'name', o.name) FROM organisation o WHERE o.code = c.township_code),
  'family', case_family_v1(c.id),
  'handlers', (
    SELECT coalesce(json_agg(DISTINCT l.actor_id), '[]') FROM ledger l
    WHERE l.case_id = c.id AND l.action = ANY (CAST(:handled AS text[]))),
  'opening', (
    SELECT json_build_object('frontage', m.result -> 'frontage', 'parking', m.result -> 'parking')
    FROM case_report r
    JOIN LATERAL (SELECT z.result FROM zone_match z WHERE z.report_id = r.report_id ORDER BY z.id DESC LIMIT 1) m ON true
    WHERE r.case_id IN (c.id, c.parent_id) AND r.relation = 'opened'
    ORDER BY r.case_id = c.id DESC LIMIT 1),
  'after', (
    SELECT coalesce(json_agg(json_build_object('id', r.id, 'received_at', r.received_at,
      'zones', json_build_object('frontage', m.result -> 'frontage', 'parking', m.result -> 'parking'),
      'distance_m', ST_Distance(to_metric(r.place), to_metric(c.place)),
      'arrived', EXISTS (
        SELECT 1 FROM report_photo p JOIN photo_arrival a ON a.report_id = p.report_id AND a.sha256 = p.sha256
        WHERE p.report_id = r.id AND p.role = 'after')) ORDER BY r.received_at), '[]')
    FROM case_report cr
    JOIN report r ON r.id = cr.report_id
    JOIN LATERAL (SELECT z.result FROM zone_match z WHERE z.report_id = r.id ORDER BY z.id DESC LIMIT 1) m ON true
    WHERE cr.case_id = c.id AND cr.relation = 'attached'
      AND EXISTS (SELECT 1 FROM report_photo p WHERE p.report_id = r.id AND p.role = 'after')),
  'into', (
    SELECT json_build_object('id', i.id, 'number', i.number, 'state', i.state, 'version', i.version,
      'category', i.category, 'opened_at', i.opened_at, 'organisation_id', i.organisation_id, 'due_at', i.due_at,
      'township', i.township_code, 'parent_id', i.parent_id, 'parent_relation', i.parent_relation,
      'deadline', i.deadline, 'clocks', case_clocks_v1(i.id),
      'body', (SELECT json_build_object('code', o.code, 'name', o.body_name) FROM organisation o WHERE o.id = i.organisation_id))
    FROM case_file i WHERE i.number = CAST(:into AS text)),
  'bodies', (
    SELECT json_object_agg(o.code, json_build_object('id', o.id, 'name', o.body_name, 'kind', o.kind,
      'schedule', schedule_on_v1(o.id, CAST(:on AS date), CAST(:held AS bigint[]))))
    FROM organisation o
    WHERE o.code = ANY (CAST(:bodies AS text[])) OR o.kind = 'district' OR o.id = c.organisation_id
      OR o.id = (SELECT i.organisation_id FROM case_file i WHERE i.number = CAST(:into AS text))),
  'categories', (
    SELECT json_object_agg(k.code, json_build_object('known', EXISTS (
        SELECT 1 FROM category t WHERE t.code = k.code AND t.valid @> CAST(:on AS date)),
      'deadline', case_deadline_v1(k.code, on_day.opened)))
    FROM unnest(CAST(:categories AS text[])) AS k (code)),
  'replay', case_replay_v1(CAST(:key AS uuid))
) AS text)
FROM case_file c
CROSS JOIN LATERAL (SELECT CAST(c.opened_at AT TIME ZONE CAST(:time_zone AS text) AS date) AS opened) on_day
WHERE c.number = CAST(:number AS text)

-- act_on_case --
-- Write one action whole, or nothing: false when a case is not as it was read.
SELECT case_act_v1(CAST(:steps AS jsonb), CAST(:key AS uuid), CAST(:digest AS text), CAST(:answer AS text))

-- fetch_history --
-- The ledger of one case from an entry on, oldest first.
SELECT l.seq, l.recorded_at, l.actor_id, l.action, l.body, l.prev_hash, l.hash
FROM ledger l JOIN case_file c ON c.id = l.case_id
WHERE c.number = CAST(:number AS text) AND l.seq > CAST(:after AS bigint)
ORDER BY l.seq
LIMIT CAST(:rows AS integer)

-- list_inbox --
-- What waits for a body, newest first.
SELECT i.id, i.kind, i.reason, i.created_at, i.read_at, c.number, c.state, c.category
FROM inbox_entry i JOIN case_file c ON c.id = i.case_id
WHERE (CAST(:before AS bigint) IS NULL OR i.id < CAST(:before AS bigint))
  AND i.organisation_id = current_organisation()
ORDER BY i.id DESC
LIMIT CAST(:rows AS integer)
