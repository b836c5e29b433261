-- lock_schedules --
-- One import at a time, so that no schedule is put together without what another import brings.
SELECT pg_advisory_xact_lock(hashtext('work_schedule'))

-- fetch_newest_calendar --
-- The calendar that counts.
SELECT k.years, CAST(k.days AS text) AS days FROM work_calendar k ORDER BY k.id DESC LIMIT 1

-- insert_calendar --
-- Keep the version that counts from now on.
INSERT INTO work_calendar (name, source, sample, published_on, digest, years, days, created_at, created_by)
VALUES (CAST(:name AS text), CAST(:source AS text), CAST(:sample AS boolean), CAST(:published_on AS date),
  CAST(:digest AS text), CAST(:years AS integer[]), CAST(:days AS json), CAST(:created_at AS timestamptz),
  current_account())
RETURNING id

-- insert_hours --
-- Keep hours of a body, of the district when none is named; no row for a body that is not there.
INSERT INTO office_hours (organisation_id, valid_from, hours, source, sample, created_at, created_by)
SELECT o.id, CAST(:valid_from AS date), CAST(:hours AS text), CAST(:source AS text), CAST(:sample AS boolean),
  CAST(:created_at AS timestamptz), current_account()
FROM organisation o
WHERE CASE WHEN CAST(:body AS text) IS NULL THEN o.kind = 'district' ELSE o.code = CAST(:body AS text) END
RETURNING id

-- fetch_hours --
-- Hours of every body in the order they hold, and the digest of its newest schedule.
SELECT CAST(h.organisation_id AS text) AS body, o.kind, h.valid_from, h.hours,
  (SELECT s.digest FROM work_schedule s WHERE s.organisation_id = h.organisation_id ORDER BY s.id DESC LIMIT 1) AS digest
FROM office_hours h JOIN organisation o ON o.id = h.organisation_id
ORDER BY h.organisation_id, h.valid_from, h.id

-- insert_schedule --
-- Keep what the clocks of a body are counted by from a day on.
INSERT INTO work_schedule (organisation_id, since, digest, content, created_at)
VALUES (CAST(:body AS uuid), CAST(:since AS date), CAST(:digest AS text), CAST(:content AS json),
  CAST(:created_at AS timestamptz))

-- list_calendars --
-- Versions without their days, newest first.
SELECT k.id, k.name, k.source, k.published_on, k.sample, k.digest, k.years, k.created_at,
  account_name_v1(k.created_by) AS created_by,
  NOT EXISTS (SELECT 1 FROM work_calendar n WHERE n.id > k.id) AS in_force
FROM work_calendar k
WHERE CAST(:before AS bigint) IS NULL OR k.id < CAST(:before AS bigint)
ORDER BY k.id DESC
LIMIT CAST(:rows AS integer)

-- fetch_calendar --
-- One version with its days.
SELECT k.id, k.name, k.source, k.published_on, k.sample, k.digest, k.years, CAST(k.days AS text) AS days, k.created_at,
  account_name_v1(k.created_by) AS created_by,
  NOT EXISTS (SELECT 1 FROM work_calendar n WHERE n.id > k.id) AS in_force
FROM work_calendar k
WHERE k.id = CAST(:id AS bigint)

-- list_hours --
-- Hours of all bodies, newest written first.
SELECT h.id, o.code AS body, o.body_name, h.valid_from, h.hours, h.source, h.sample, h.created_at,
  account_name_v1(h.created_by) AS created_by
FROM office_hours h JOIN organisation o ON o.id = h.organisation_id
WHERE CAST(:before AS bigint) IS NULL OR h.id < CAST(:before AS bigint)
ORDER BY h.id DESC
LIMIT CAST(:rows AS integer)
