-- fetch_enforcement --
-- A case and, where one is named, a proceeding on it with its steps: all that its page and its next step need, in one
-- round trip; row-level security decides whether they are there at all. Who is named as an officer comes with it.
SELECT CAST(json_build_object(
  'case', json_build_object('id', c.id, 'number', c.number, 'state', c.state, 'category', c.category,
    'organisation_id', c.organisation_id, 'township', c.township_code,
    'handlers', (
      SELECT coalesce(json_agg(DISTINCT l.actor_id), '[]') FROM ledger l
      WHERE l.case_id = c.id AND l.action = ANY (CAST(:handled AS text[]))),
    'proceedings', (SELECT count(*) FROM proceeding o WHERE o.case_id = c.id),
    'subject', (
      SELECT json_build_object('id', s.subject_id, 'code', s.code, 'name', s.name, 'kind', s.kind,
        'responsible', s.responsible_name, 'zone_kind', s.zone_kind, 'zone_code', s.zone_code, 'zone_name', s.zone_name)
      FROM case_subject_v1(c.id) s LIMIT 1)),
  'proceeding', CASE WHEN p.id IS NOT NULL THEN json_build_object('id', p.id, 'number', p.number, 'state', p.state,
    'version', p.version, 'procedure', p.procedure, 'item', p.item, 'items_id', p.items_id, 'party_kind', p.party_kind,
    'party_name', p.party_name, 'outcome', p.outcome, 'amount_yuan', CAST(p.amount_yuan AS text), 'heard', p.heard,
    'clocks', p.clocks, 'due_on', p.due_on, 'opened_at', p.opened_at, 'ended_at', p.ended_at,
    'organisation_id', p.organisation_id,
    'body', (SELECT json_build_object('code', o.code, 'name', o.body_name) FROM organisation o WHERE o.id = p.organisation_id),
    'subject', (
      SELECT json_build_object('id', s.id, 'code', s.code, 'kind', v.kind)
      FROM subject s
      LEFT JOIN subject_version v ON v.subject_id = s.id
        AND v.valid @> CAST(p.opened_at AT TIME ZONE CAST(:time_zone AS text) AS date)
      WHERE s.id = p.subject_id),
    'steps', (
      SELECT json_agg(json_build_object('nth', t.nth, 'step', t.step, 'means', t.means, 'state', t.state, 'at', t.at,
        'by', t.account_id, 'by_name', account_name_v1(t.account_id), 'officers', t.officers, 'said', t.said,
        'paper', (SELECT w.title FROM document w WHERE w.id = t.document_id), 'document', t.document_id, 'ledger_seq', t.ledger_seq) ORDER BY t.nth)
      FROM proceeding_step t WHERE t.proceeding_id = p.id),
    'decision', (
      SELECT json_build_object('id', d.id, 'outcome', d.outcome, 'amount_yuan', CAST(d.amount_yuan AS text),
        'waived_yuan', CAST(d.waived_yuan AS text), 'document', d.document_id, 'leniency', d.leniency_id,
        'decided_at', d.decided_at, 'decided_by_name', account_name_v1(d.decided_by))
      FROM decision d WHERE d.proceeding_id = p.id),
    'delivered', (
      SELECT coalesce(json_agg(DISTINCT t.how), '[]')
      FROM decision d
      JOIN service_attempt t ON t.document_id = d.document_id
      JOIN service_outcome w ON w.attempt_id = t.id AND w.outcome = 'delivered'
      WHERE d.proceeding_id = p.id)) END,
  'named_subject', (
    SELECT json_build_object('id', s.id, 'code', s.code, 'name', v.name, 'kind', v.kind)
    FROM subject s JOIN subject_version v ON v.subject_id = s.id AND v.valid @> CAST(:on AS date)
    WHERE s.id = CAST(:subject AS uuid)),
  'leniency', (
    SELECT json_build_object('id', n.id, 'branch', n.branch, 'waived_yuan', CAST(n.waived_yuan AS text))
    FROM leniency_decision n
    WHERE n.case_id = c.id AND n.id = coalesce(CAST(:leniency AS uuid), n.id)),
  'people', (
    SELECT json_object_agg(x.account_id, json_build_object('name', x.display_name, 'number', x.number, 'ended_on', x.ended_on))
    FROM certificates_on_v1(CAST(CAST(:officers AS text[]) AS uuid[]), CAST(:on AS date)) x),
  'schedule', schedule_on_v1(current_organisation(), CAST(:on AS date), CAST(:held AS bigint[])),
  'district', (SELECT o.id FROM organisation o WHERE o.kind = 'district')
) AS text)
FROM case_file c
LEFT JOIN proceeding p ON p.case_id = c.id AND p.number = CAST(:proceeding AS text)
WHERE c.number = CAST(:case AS text)
  OR CAST(:case AS text) IS NULL AND c.id = (SELECT o.case_id FROM proceeding o WHERE o.number = CAST(:proceeding AS text))

-- act --
-- Write the steps whole, or nothing: false when the proceeding is not as it was read.
SELECT proceeding_act_v1(CAST(:act AS jsonb))

-- count_proceedings --
-- How many stand where, of those the asker sees; late, or with a term that is warned of.
SELECT p.state, count(*) AS count, count(*) FILTER (WHERE p.due_on < CAST(:today AS date)) AS late,
  count(*) FILTER (WHERE p.due_on >= CAST(:today AS date) AND EXISTS (
    SELECT 1 FROM term_running r
    WHERE r.practice = 'enforcement' AND r.thing = p.id AND r.warn_on <= CAST(:today AS date))) AS soon
FROM proceeding p WHERE p.ended_at IS NULL GROUP BY p.state

-- paper_of_step --
-- The document that a step made.
SELECT s.document_id
FROM proceeding p
JOIN proceeding_step s ON s.proceeding_id = p.id AND s.nth = CAST(:nth AS integer)
WHERE p.number = CAST(:number AS text)
