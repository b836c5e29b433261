-- feed_edges --
-- Where the feed begins and ends now, with everything committed so far in its place.
SELECT oldest, newest FROM feed_edges_v1()

-- fetch_changes --
-- What the asker may see of the feed behind a place, up to where it was complete.
SELECT h.seq, h.kind, h.at, h.case_number, h.state, h.version, o.code AS body, h.township_code, h.lon, h.lat,
  h.organisation_id, h.reporter_id, h.subject, h.audience
FROM change h JOIN organisation o ON o.id = h.organisation_id
WHERE h.seq > CAST(:after AS bigint) AND h.seq <= CAST(:newest AS bigint)
ORDER BY h.seq
LIMIT CAST(:rows AS integer)

-- feed_read --
-- Everything behind a place, for the streams of one process, each of which shows its own part.
SELECT seq, kind, at, case_number, state, version, body, township_code, lon, lat, organisation_id, reporter_id, subject,
  audience
FROM feed_read_v1(CAST(:after AS bigint), CAST(:rows AS integer))

-- feed_askers --
-- Which of these sessions are still good, and for whom: what every request asks, for many at once.
SELECT e.account_id, e.username, e.display_name, e.role, e.organisation_id, e.organisation_code, e.organisation_name,
  e.organisation_kind, e.scope, asked.session_id
FROM unnest(CAST(:accounts AS uuid[]), CAST(:sessions AS uuid[])) asked (account_id, session_id),
  LATERAL enter_v1(asked.account_id, asked.session_id) e

-- feed_officers --
-- Where everybody on duty is now, for the streams of one process, each of which shows its own part.
SELECT account_id, organisation_id, lon, lat, accuracy_m, recorded_at, state
FROM feed_officers_v1(CAST(:at AS timestamptz), CAST(:fresh_s AS double precision), CAST(:stale_s AS double precision))

-- feed_looks --
-- Notes that a stream of an account is about to show where these people are.
SELECT feed_looks_v1(CAST(:looker AS uuid), CAST(:accounts AS uuid[]), CAST(:at AS timestamptz))

-- put_stream_ticket --
-- Notes the digest of a ticket for a session of the asker.
SELECT stream_ticket_put_v1(CAST(:digest AS bytea), CAST(:session_id AS uuid), CAST(:token_expires_at AS timestamptz),
  CAST(:lifetime_s AS integer))

-- take_stream_ticket --
-- Uses a ticket up and tells whose session it opens.
SELECT account_id, session_id, token_expires_at FROM stream_ticket_take_v1(CAST(:digest AS bytea))
