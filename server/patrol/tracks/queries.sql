-- list_looks --
-- Who looked at where the asker was, newest first.
SELECT l.id, l.looked_by, l.display_name, l.role, l.body_code, l.body_name, l.looked_at, l.why, l.reason, l.from_at, l.to_at,
  l.case_number
FROM position_looks_v1(CAST(:before AS bigint), CAST(:rows AS integer)) l

-- read_track --
-- The track of somebody: who and what they did, then a row for each device and shift; the look is noted.
SELECT t.fixes, t.display_name, t.body_code, t.body_name, t.day, t.coarse, t.device_id, t.device_kind, t.device_name,
  t.shift_id, t.at, t.lon, t.lat, t.accuracy_m, t.speed_mps, t.bearing_deg, t.altitude_m, t.mock, t.received, t.on_duty
FROM track_read_v1(CAST(:account AS uuid), CAST(:from_at AS timestamptz), CAST(:to_at AS timestamptz),
  CAST(:around AS interval), CAST(:most AS integer), CAST(:why AS text), CAST(:reason AS text),
  CAST(:at AS timestamptz)) t

-- summarise_shifts --
-- Shifts with what was seen in them and their figures; the look is noted.
SELECT s.shifts, s.id, s.account_id, s.username, s.display_name, s.body_code, s.body_name, s.team, s.started_at, s.ended_at,
  s.limit_at, s.ended_by, s.outside_roster, s.rostered_from, s.rostered_to, s.visits, s.zones, s.certain_m, s.probable_m,
  s.reports, s.figures, s.worked_out_at, s.final, s.fresh
FROM shift_summaries_v1(CAST(:shift AS uuid), CAST(:account AS uuid), CAST(:body AS text), CAST(:from_at AS timestamptz),
  CAST(:to_at AS timestamptz), CAST(:most AS integer), CAST(:reason AS text), CAST(:at AS timestamptz)) s

-- read_shift_track --
-- The fixes of one shift and of its neighbourhood in time, and the area it was to be walked in.
SELECT t.fixes, t.area, t.device_id, t.device_kind, t.device_name, t.shift_id, t.at, t.lon, t.lat, t.accuracy_m,
  t.speed_mps, t.bearing_deg, t.altitude_m, t.mock, t.received, t.on_duty
FROM shift_track_v1(CAST(:shift AS uuid), CAST(:around AS interval), CAST(:most AS integer)) t
