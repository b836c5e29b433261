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
  'opening', CASE WHEN opening.report_id IS NOT NULL THEN json_build_object(
    'frontage', opening.result -> 'frontage', 'parking', opening.result -> 'parking', 'report', opening.report_id,
    'zones', json_build_object('community', opening.result -> 'community', 'grid', opening.result -> 'grid'),
    'judged_on', opening.judged_on, 'captured_at', opening.captured_at, 'received_at', opening.received_at,
    'algorithm', opening.algorithm, 'routing', opening.routing,
    'sent', json_build_object('lon', opening.sent_lon, 'lat', opening.sent_lat, 'datum', opening.datum),
    'place', json_build_object('lon', ST_X(opening.place), 'lat', ST_Y(opening.place)),
    'readings', (
      SELECT json_agg(DISTINCT f.params ->> 'datum') FROM finding f WHERE f.report_id = opening.report_id
        AND f.code IN ('datum_fits_track_only_as', 'datum_fits_zone_only_as'))) END,
  'standing', case_standing_v1(c.id),
  'named_zone', (
    SELECT json_build_object('id', z.id, 'kind', z.kind, 'code', z.code, 'name', z.name, 'version', z.version,
      'township', z.township_code, 'distance_m', ST_Distance(z.geom_m, to_metric(coalesce(
        ST_SetSRID(ST_MakePoint(CAST(:read_lon AS double precision), CAST(:read_lat AS double precision)), 4326), c.place))),
      'candidate', (
        SELECT json_build_object('report', r.report_id, 'probability', k.said -> 'probability', 'algorithm', m.algorithm)
        FROM case_report r
        JOIN LATERAL (
          SELECT x.result, x.algorithm FROM zone_match x WHERE x.report_id = r.report_id ORDER BY x.id DESC LIMIT 1) m ON true
        CROSS JOIN LATERAL json_array_elements(m.result -> 'candidates') AS k (said)
        WHERE r.case_id IN (c.id, c.parent_id) AND k.said ->> 'kind' = z.kind AND k.said ->> 'code' = z.code
        ORDER BY r.report_id = opening.report_id DESC, r.report_id LIMIT 1))
    FROM zone z
    WHERE z.kind = CAST(:zone_kind AS text) AND z.code = CAST(:zone_code AS text)
      AND z.valid @> coalesce(opening.judged_on, on_day.opened)),
  'rules', CASE WHEN CAST(:zone_kind AS text) IS NOT NULL THEN
    routing_rules_on_v1(coalesce(opening.judged_on, on_day.opened), c.category, CAST(:held_rule_sets AS bigint[])) END,
  'person', CASE WHEN CAST(:assignee AS uuid) IS NOT NULL THEN case_person_v1(CAST(:assignee AS uuid)) END,
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
    SELECT json_object_agg(o.code, json_build_object('id', o.id, 'name', o.body_name, 'place', o.name, 'kind', o.kind,
      'schedule', schedule_on_v1(o.id, CAST(:on AS date), CAST(:held AS bigint[]))))
    FROM organisation o
    WHERE o.code = ANY (CAST(:bodies AS text[])) AND o.closed_at IS NULL OR o.kind = 'district' OR o.id = c.organisation_id
      OR CAST(:placing AS boolean)
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
LEFT JOIN LATERAL (
  SELECT r.report_id, p.captured_at, p.received_at, p.sent_lon, p.sent_lat, p.datum, p.place, m.result, m.routing,
    m.judged_on, m.algorithm
  FROM case_report r
  JOIN report p ON p.id = r.report_id
  JOIN LATERAL (
    SELECT z.result, z.routing, z.judged_on, z.algorithm FROM zone_match z
    WHERE z.report_id = r.report_id ORDER BY z.id DESC LIMIT 1) m ON true
  WHERE r.case_id IN (c.id, c.parent_id) AND r.relation = 'opened'
  ORDER BY r.case_id = c.id DESC LIMIT 1) opening ON true
WHERE c.number = CAST(:number AS text)

-- act_on_case --
-- Write one action whole, or nothing: false when a case is not as it was read.
SELECT case_act_v1(CAST(:steps AS jsonb), CAST(:key AS uuid), CAST(:digest AS text), CAST(:answer AS text))

-- fetch_history --
-- The ledger of one case from an entry on, oldest first.
SELECT l.seq, l.recorded_at, l.actor_id, l.action, l.body, l.prev_hash, l.hash, a.display_name AS actor_name,
  coalesce(CAST(l.body AS json) ->> 'actor_role', a.role) AS actor_role
FROM case_file c
JOIN ledger l ON l.case_id = c.id
LEFT JOIN case_actors_v1(c.id) a ON a.id = l.actor_id
WHERE c.number = CAST(:number AS text) AND l.seq > CAST(:after AS bigint)
ORDER BY l.seq
LIMIT CAST(:rows AS integer)

-- list_inbox --
-- What waits for a body, newest first.
SELECT i.id, i.kind, i.reason, i.created_at, i.read_at, c.number, c.state, c.category
FROM inbox_entry i JOIN case_file c ON c.id = i.case_id
WHERE (CAST(:before AS bigint) IS NULL OR i.id < CAST(:before AS bigint))
  AND i.organisation_id = current_organisation() AND coalesce(i.account_id = current_account(), true)
ORDER BY i.id DESC
LIMIT CAST(:rows AS integer)

-- fetch_list_rows --
-- Of each case of a page what its row shows besides: zone, photo, reports, the clock it is measured by just now; and the
-- schedules not held yet that say how much of it is used.
WITH measured AS (
  SELECT DISTINCT ON (k.case_id) k.case_id, k.schedule_id, json_build_object('name', k.name, 'amount', k.amount,
    'started_at', k.started_at, 'due_at', k.due_at, 'yellow_at', k.yellow_at, 'red_at', k.red_at,
    'allowed_us', k.allowed_us, 'running_since', k.running_since, 'marks', k.marks, 'used_us', k.used_us,
    'paused_at', k.paused_at, 'stopped_at', k.stopped_at, 'extended', k.extended, 'uncovered', k.uncovered,
    'schedule_id', k.schedule_id) AS clock
  FROM case_clock k JOIN case_file c ON c.id = k.case_id
  WHERE k.case_id = ANY (CAST(:cases AS uuid[])) AND (k.stopped_at IS NULL OR k.due_at = c.due_at)
  ORDER BY k.case_id, k.due_at IS NOT DISTINCT FROM c.due_at DESC, k.name = 'handle' DESC, k.started_at DESC, k.name
)
SELECT CAST(json_build_object(
  'glances', (
    SELECT coalesce(json_object_agg(g.case_id, json_build_object(
      'zone', CASE WHEN g.zone_code IS NOT NULL THEN json_build_object('kind', g.zone_kind, 'code', g.zone_code,
        'name', g.zone_name, 'verdict', g.zone_verdict, 'share', g.zone_share) END,
      'reports', g.reports,
      'photo', CASE WHEN g.photo IS NOT NULL THEN json_build_object('report', g.report_id, 'sha256', g.photo) END)), '{}')
    FROM case_glance g WHERE g.case_id = ANY (CAST(:cases AS uuid[]))),
  'clocks', (SELECT coalesce(json_object_agg(m.case_id, m.clock), '{}') FROM measured m),
  'schedules', (
    SELECT coalesce(json_agg(json_build_object('id', s.id, 'digest', s.digest, 'content', s.content)), '[]')
    FROM work_schedule s
    WHERE s.id IN (SELECT m.schedule_id FROM measured m) AND s.id <> ALL (CAST(:held AS bigint[])))
) AS text)
