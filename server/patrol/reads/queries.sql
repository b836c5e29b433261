-- list_reads --
-- Who looked at whom, newest first, for admins of the district.
SELECT r.key, r.kind, r.looked_at, r.by_id, r.by_name, r.by_role, r.by_body, r.of_id, r.of_name, r.of_body, r.why, r.reason,
  r.from_at, r.to_at, r.case_number, r.complaint
FROM reads_v1(CAST(:by AS text), CAST(:of AS text), CAST(:why AS text), CAST(:from_at AS timestamptz),
  CAST(:to_at AS timestamptz), CAST(:before AS timestamptz), CAST(:before_key AS text), CAST(:rows AS integer)) r
