-- put_hold --
-- Sets a hold, once.
SELECT legal_hold_put_v1(CAST(:hold AS uuid), CAST(:account AS uuid), CAST(:from_at AS timestamptz),
  CAST(:to_at AS timestamptz), CAST(:reason AS text), CAST(:at AS timestamptz))

-- lift_hold --
-- Lifts a hold, once.
SELECT legal_hold_lift_v1(CAST(:hold AS uuid), CAST(:reason AS text), CAST(:at AS timestamptz))

-- list_holds --
-- Holds, newest first, or one of them.
SELECT h.id, h.account_id, h.display_name, h.from_at, h.to_at, h.reason, h.set_by, h.set_name, h.set_at, h.lifted_by,
  h.lifted_name, h.lifted_at, h.lifted_reason
FROM legal_holds_v1(CAST(:hold AS uuid), CAST(:before AS timestamptz), CAST(:before_id AS uuid), CAST(:rows AS integer)) h

-- list_next --
-- What the next night would make coarse or delete.
SELECT n.what, n.rule, n.day, n.rows, n.held_rows
FROM keeping_next_v1(CAST(:coarse_before AS timestamptz), CAST(:gone_before AS timestamptz),
  CAST(:visits_before AS timestamptz), CAST(:looks_before AS timestamptz)) n

-- list_deletions --
-- What was coarsened and deleted, newest first, as far as the asker is told.
SELECT r.id, r.at, r.what, r.rule, r.day, r.before_at, r.after_days, r.rows, r.left_rows, r.held_rows, r.digest
FROM deletion_reports_v1(CAST(:before AS bigint), CAST(:rows AS integer)) r
