-- list_looks --
-- Who looked at where the asker was, newest first.
SELECT l.id, l.looked_by, l.display_name, l.role, l.body_code, l.body_name, l.looked_at, l.why, l.reason, l.from_at, l.to_at,
  l.case_number
FROM position_looks_v1(CAST(:before AS bigint), CAST(:rows AS integer)) l
