-- fetch_case --
-- One case with its reports; row-level security decides whether it is there at all.
SELECT CAST(json_build_object(
  'id', c.id, 'number', c.number, 'state', c.state, 'version', c.version, 'category', c.category,
  'opened_at', c.opened_at, 'due_at', c.due_at, 'lon', ST_X(c.place), 'lat', ST_Y(c.place),
  'body', (SELECT json_build_object('code', o.code, 'name', o.body_name) FROM organisation o WHERE o.id = c.organisation_id),
  'township', (SELECT json_build_object('code', o.code, 'name', o.name) FROM organisation o WHERE o.code = c.township_code),
  'reports', (
    SELECT coalesce(json_agg(json_build_object('id', r.report_id, 'relation', r.relation) ORDER BY r.report_id), '[]')
    FROM case_report r WHERE r.case_id = c.id)
) AS text)
FROM case_file c
WHERE c.number = CAST(:number AS text)

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
