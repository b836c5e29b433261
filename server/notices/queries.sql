-- insert_channel --
-- A new channel of a body; its address and secret come sealed.
INSERT INTO notice_channel (organisation_id, all_bodies, kind, name, shown, sealed, events, quiet_hours, digest_minutes, enabled)
SELECT o.id, CAST(:all_bodies AS boolean), CAST(:kind AS text), CAST(:name AS text), CAST(:shown AS text), CAST(:sealed AS text),
  CAST(:events AS text[]), CAST(:quiet_hours AS text), CAST(:digest_minutes AS integer), CAST(:enabled AS boolean)
FROM organisation o
WHERE o.code = CAST(:body AS text)
RETURNING id

-- list_channels --
-- Channels the asker may see, oldest first, or the one named.
SELECT c.id, c.all_bodies, c.kind, c.name, c.shown, c.events, c.quiet_hours, c.digest_minutes, c.enabled, c.created_at,
  c.failures, c.failing_until, o.code AS body_code, o.body_name, o.kind AS body_kind
FROM notice_channel c JOIN organisation o ON o.id = c.organisation_id
WHERE c.deleted_at IS NULL AND (CAST(:channel_id AS uuid) IS NULL OR c.id = CAST(:channel_id AS uuid))
  AND (CAST(:after_at AS timestamptz) IS NULL
    OR (c.created_at, c.id) > (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
ORDER BY c.created_at, c.id
LIMIT CAST(:rows AS integer)

-- delete_channel --
-- A channel ends: its secret is forgotten, what still waited is dropped, what was sent stays on record.
WITH gone AS (
  UPDATE notice_channel SET deleted_at = now(), enabled = false, sealed = ''
  WHERE id = CAST(:channel_id AS uuid) AND deleted_at IS NULL
  RETURNING id),
dropped AS (
  UPDATE notice_delivery d SET state = 'dropped', settled_at = now() FROM gone
  WHERE d.channel_id = gone.id AND d.state = 'pending')
SELECT id FROM gone

-- test_channel --
-- A test message of one channel; the number of its delivery.
SELECT notice_test_v1(CAST(:channel_id AS uuid)) AS id

-- list_deliveries --
-- Deliveries the asker may see, newest first, narrowed, or the one named.
SELECT d.id, d.case_number, d.urgent, d.state, d.attempts, d.next_try_at, d.last_error, d.last_status, d.created_at, d.settled_at,
  CAST(extract(epoch FROM coalesce(d.settled_at, now()) - d.created_at) AS bigint) AS age_s,
  x.event, x.dedupe_key, c.id AS channel_id, c.kind, c.name
FROM notice_delivery d
JOIN outbox x ON x.id = d.outbox_id
JOIN notice_channel c ON c.id = d.channel_id
WHERE (CAST(:delivery_id AS bigint) IS NULL OR d.id = CAST(:delivery_id AS bigint))
  AND (CAST(:state AS text) IS NULL OR d.state = CAST(:state AS text))
  AND (CAST(:case_number AS text) IS NULL OR d.case_number = CAST(:case_number AS text))
  AND (CAST(:channel_id AS uuid) IS NULL OR d.channel_id = CAST(:channel_id AS uuid))
  AND (CAST(:before AS bigint) IS NULL OR d.id < CAST(:before AS bigint))
ORDER BY d.id DESC
LIMIT CAST(:rows AS integer)

-- replay_delivery --
-- A delivery is tried anew from now on, under its old key, and its channel is not waited for any more.
WITH again AS (
  UPDATE notice_delivery d SET state = 'pending', batch_id = NULL, attempts = 0, first_tried_at = NULL, next_try_at = now(),
    settled_at = NULL
  WHERE d.id = CAST(:delivery_id AS bigint)
    AND EXISTS (SELECT 1 FROM notice_channel c WHERE c.id = d.channel_id AND c.enabled)
  RETURNING d.id, d.channel_id),
calm AS (
  UPDATE notice_channel c SET failures = 0, failing_until = NULL FROM again WHERE c.id = again.channel_id)
SELECT again.id, job_put_v1('notices_deliver', '{}') AS job FROM again

-- list_handovers --
-- Cases that were handed to a body and are not handled yet, oldest first, each with how far its handover got: accepted,
-- or sent by some channel of the body, or still on its way, or given up. A body without channels has its inbox.
SELECT h.number, h.category, h.township_code, h.version, h.due_at, h.body_code, h.body_name, h.opened_at, h.id,
  h.dispatched_at, h.accepted_at, h.handover,
  CAST(extract(epoch FROM coalesce(h.accepted_at, now()) - h.dispatched_at) AS bigint) AS age_s
FROM (
  SELECT c.id, c.number, c.category, c.township_code, c.version, c.due_at, c.opened_at, o.code AS body_code, o.body_name,
    l.recorded_at AS dispatched_at, a.recorded_at AS accepted_at,
    CASE
      WHEN c.state = 'accepted' THEN 'acknowledged'
      WHEN n.sent THEN 'sent'
      WHEN n.pending THEN 'pending'
      WHEN n.failed THEN 'failed'
      ELSE 'sent'
    END AS handover
  FROM case_file c
  JOIN organisation o ON o.id = c.organisation_id
  JOIN LATERAL (
    SELECT e.seq, e.recorded_at FROM ledger e WHERE e.case_id = c.id AND e.action = 'case.dispatched'
    ORDER BY e.seq DESC LIMIT 1) l ON true
  LEFT JOIN LATERAL (
    SELECT e.recorded_at FROM ledger e WHERE e.case_id = c.id AND e.action = 'case.accepted' AND e.seq > l.seq
    ORDER BY e.seq LIMIT 1) a ON true
  CROSS JOIN LATERAL (
    SELECT bool_or(d.state = 'sent') AS sent, bool_or(d.state = 'pending') AS pending, bool_or(d.state = 'failed') AS failed
    FROM outbox x JOIN notice_delivery d ON d.outbox_id = x.id
    WHERE x.dedupe_key = c.number || ':' || l.seq AND d.organisation_id = c.organisation_id) n
  WHERE c.state IN ('dispatched', 'accepted')
    AND (CAST(:after_at AS timestamptz) IS NULL
      OR (c.opened_at, c.id) > (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))) h
WHERE CAST(:state AS text) IS NULL OR h.handover = CAST(:state AS text)
ORDER BY h.opened_at, h.id
LIMIT CAST(:rows AS integer)

-- read_entry --
-- Marks an entry of the asker's inbox as read.
SELECT inbox_read_v1(CAST(:entry_id AS bigint)) AS found
