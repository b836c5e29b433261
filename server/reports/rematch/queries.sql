-- insert_rematch --
-- An order to list what would move, and the job that lists it.
WITH made AS (
  INSERT INTO rematch (account_id, organisation_id, requested_at, kind, area, received_from, received_to, state)
  VALUES (current_account(), current_organisation(), CAST(:at AS timestamptz), CAST(:kind AS text),
    CAST(:area AS double precision[]), CAST(:received_from AS timestamptz), CAST(:received_to AS timestamptz), 'listing')
  RETURNING id
)
SELECT m.id, job_put_v1('rematch_list', jsonb_build_object('rematch_id', m.id)) AS job FROM made m

-- start_rematch --
-- Starts the run of a complete list with its job; returns the state it has then, nothing when it is not there.
SELECT rematch_start_v1(CAST(:rematch_id AS uuid)) AS state

-- list_rematches --
-- Orders the asker may see, newest first, or the one named, each with how many reports would move and did.
SELECT r.id, r.requested_at, r.kind, r.area, r.received_from, r.received_to, r.state, r.looked_at, r.done_at,
  n.moves, n.written, n.outdated
FROM rematch r
CROSS JOIN LATERAL (
  SELECT count(*) AS moves, count(*) FILTER (WHERE m.state = 'written') AS written,
    count(*) FILTER (WHERE m.state = 'outdated') AS outdated
  FROM rematch_report m WHERE m.rematch_id = r.id) n
WHERE (CAST(:rematch_id AS uuid) IS NULL OR r.id = CAST(:rematch_id AS uuid))
  AND (CAST(:before_at AS timestamptz) IS NULL
    OR (r.requested_at, r.id) < (CAST(:before_at AS timestamptz), CAST(:before_id AS uuid)))
ORDER BY r.requested_at DESC, r.id DESC
LIMIT CAST(:rows AS integer)

-- list_moves --
-- The reports whose answer differs, in order of their ids, with the case each belongs to.
SELECT m.report_id, m.changes, m.state, m.match_id, r.received_at, r.captured_at, r.judged_on, r.category,
  ST_X(r.place) AS lon, ST_Y(r.place) AS lat, c.number, chosen.kind AS chosen_kind, chosen.code AS chosen_code
FROM rematch_report m
JOIN report r ON r.id = m.report_id
LEFT JOIN case_report cr ON cr.report_id = r.id
LEFT JOIN case_file c ON c.id = cr.case_id
LEFT JOIN zone_choice x ON x.id = c.zone_choice_id
LEFT JOIN zone chosen ON chosen.id = x.zone_id
WHERE m.rematch_id = CAST(:rematch_id AS uuid)
  AND (CAST(:after AS uuid) IS NULL OR m.report_id > CAST(:after AS uuid))
ORDER BY m.report_id
LIMIT CAST(:rows AS integer)
