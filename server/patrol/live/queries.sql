-- list_officers_live --
-- Everybody on duty whom the asker directs, by username; whoever is shown with a position is noted.
SELECT o.account_id, o.username, o.display_name, o.role, o.body_code, o.body_name, o.team, o.shift_id, o.started_at,
  o.outside_roster, o.lon, o.lat, o.accuracy_m, o.battery, o.recorded_at, o.state
FROM officers_live_v1(CAST(:at AS timestamptz), CAST(:fresh_s AS double precision), CAST(:stale_s AS double precision),
  CAST(:state AS text), CAST(:bbox AS double precision[]), CAST(:after AS text), CAST(:rows AS integer),
  CAST(:why AS text)) o

-- raise_sos --
-- Keeps a call for help, once; says whether it is new, the same again, or another one under its id.
SELECT sos_raise_v1(CAST(:sos_id AS uuid), CAST(:digest AS text), CAST(:raised_at AS timestamptz),
  CAST(:received_at AS timestamptz), CAST(:on AS date), CAST(:note AS text), CAST(:told AS json),
  CAST(:lon AS double precision), CAST(:lat AS double precision), CAST(:accuracy_m AS double precision))

-- answer_sos --
-- Takes a call for help, or says how it ended; says what came of that.
SELECT sos_answer_v1(CAST(:sos_id AS uuid), CAST(:kind AS text), CAST(:at AS timestamptz), CAST(:outcome AS text),
  CAST(:note AS text))

-- read_sos --
-- Calls for help the asker hears of, newest first, or one of them.
SELECT s.id, s.state, s.account_id, s.display_name, s.role, s.body_code, s.body_name, s.raised_at, s.received_at, s.note,
  s.told, s.lon, s.lat, s.accuracy_m, s.township_code, s.taken_at, s.taken_by, s.taken_name, s.taken_body,
  s.escalated_at, s.closed_at, s.closed_by, s.closed_name, s.closed_body, s.outcome, s.closing_note
FROM sos_read_v1(CAST(:sos_id AS uuid), CAST(:state AS text), CAST(:before_at AS timestamptz),
  CAST(:before_id AS uuid), CAST(:rows AS integer)) s

-- sos_whereabouts --
-- Where somebody who called for help is now, until the call is closed; noted.
SELECT p.lon, p.lat, p.accuracy_m, p.recorded_at FROM sos_position_v1(CAST(:sos_id AS uuid), CAST(:at AS timestamptz)) p

-- put_assist --
-- Keeps an assist, once; says whether it is new, the same again, another one under its id, or of somebody else's report.
SELECT assist_put_v1(CAST(:assist_id AS uuid), CAST(:said AS jsonb))
