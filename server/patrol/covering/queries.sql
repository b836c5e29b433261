-- order_rebuild --
-- Orders days to be worked out again, and the job that does it; false when there is no such officer.
SELECT coverage_rebuild_order_v1(CAST(:id AS uuid), CAST(:from AS date), CAST(:to AS date), CAST(:officer AS uuid),
  CAST(:at AS timestamptz)) AS ordered

-- read_rebuild --
-- An order and how far it got, with the days that are left as they are because their precise fixes are gone.
SELECT r.id, r.from_day, r.to_day, r.officer_id, r.state, r.done_day, r.asked_at, r.ended_at,
  ARRAY(SELECT c FROM local_days_closed_v1(r.from_day, r.to_day, CAST(:time_zone AS text)) AS c
        WHERE c BETWEEN r.from_day AND r.to_day ORDER BY c) AS closed
FROM coverage_rebuild r
WHERE r.id = CAST(:id AS uuid)
