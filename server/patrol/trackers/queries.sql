-- enrol_device --
-- A new token for a device, which is made if it is new.
SELECT e.outcome, e.device_id, e.username
FROM device_enrol_v1(CAST(:account_id AS uuid), CAST(:kind AS text), CAST(:name AS text), CAST(:datum AS text),
  CAST(:digest AS bytea), CAST(:at AS timestamptz), CAST(:lifetime_s AS integer), CAST(:most AS integer)) e

-- list_devices --
-- Devices the asker looks after, newest first.
SELECT d.id, d.account_id, d.username, d.display_name, d.kind, d.name, d.datum, d.created_at, d.revoked_at, d.enrolled_at,
  d.expires_at, d.claimed_at, d.enrolled_by, d.mark, d.heard_at, d.heard
FROM device_list_v1(CAST(:device_id AS bigint), CAST(:account_id AS uuid), CAST(:before AS bigint),
  CAST(:rows AS integer)) d

-- revoke_device --
-- End a device and its token; whether the asker looks after it.
SELECT device_revoke_v1(CAST(:device_id AS bigint), CAST(:at AS timestamptz))

-- enter_device --
-- Let a device in by its token, for this transaction.
SELECT e.device_id, e.datum, e.claimed
FROM device_enter_v1(CAST(:digest AS bytea), CAST(:kind AS text), CAST(:username AS text), CAST(:mark AS text),
  CAST(:at AS timestamptz)) e

-- note_heard --
-- What the last request of a device brought.
SELECT device_heard_v1(CAST(:device_id AS bigint), CAST(:heard AS jsonb), CAST(:at AS timestamptz))
