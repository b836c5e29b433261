-- list_certificates --
-- Certificates the asker may see, those that end first before others.
SELECT x.id, x.account_id, a.username, a.display_name, a.role, o.code AS body, o.body_name, x.kind, x.number,
  lower(x.valid) AS first_day, upper(x.valid) - 1 AS last_day, x.photo, x.created_at, x.withdrawn_at, x.withdrawn_reason,
  x.valid @> CAST(:on AS date) AS in_force
FROM certificate x
JOIN certificate_holders_v1() a ON a.id = x.account_id
JOIN organisation o ON o.id = x.organisation_id
WHERE NOT isempty(x.valid)
  AND (CAST(:account AS uuid) IS NULL OR x.account_id = CAST(:account AS uuid))
  AND (CAST(:body AS text) IS NULL OR o.code = CAST(:body AS text))
  AND (NOT CAST(:in_force AS boolean) OR x.valid @> CAST(:on AS date))
  AND (CAST(:ends_before AS date) IS NULL OR upper(x.valid) <= CAST(:ends_before AS date) AND x.valid @> CAST(:on AS date))
  AND (CAST(:after_day AS date) IS NULL
    OR (upper(x.valid), x.id) > (CAST(:after_day AS date), CAST(:after_id AS uuid)))
ORDER BY upper(x.valid), x.id
LIMIT CAST(:rows AS integer)

-- fetch_certificate --
-- One of them.
SELECT x.id, x.account_id, a.username, a.display_name, a.role, o.code AS body, o.body_name, x.kind, x.number,
  lower(x.valid) AS first_day, upper(x.valid) - 1 AS last_day, x.photo, x.created_at, x.withdrawn_at, x.withdrawn_reason,
  x.valid @> CAST(:on AS date) AS in_force
FROM certificate x
JOIN certificate_holders_v1() a ON a.id = x.account_id
JOIN organisation o ON o.id = x.organisation_id
WHERE x.id = CAST(:id AS uuid)

-- insert_certificate --
-- Enter a certificate of an account the asker administers; nothing where there is none.
INSERT INTO certificate (account_id, organisation_id, kind, number, valid, photo, created_at, created_by)
SELECT a.id, a.organisation_id, CAST(:kind AS text), CAST(:number AS text),
  daterange(CAST(:first_day AS date), CAST(:last_day AS date), '[]'), CAST(:photo AS text), CAST(:at AS timestamptz),
  current_account()
FROM certificate_holders_v1() a
WHERE a.id = CAST(:account AS uuid) AND (current_scope() = 'district' OR a.organisation_id = current_organisation())
RETURNING id

-- use_photo --
-- Whoever sees the certificate sees its photo; the digest of one that was not sent.
SELECT attachment_use_v1(ARRAY[CAST(:photo AS text)], 'certificate', x.id, x.organisation_id, CAST(:at AS timestamptz))
FROM certificate x WHERE x.id = CAST(:id AS uuid)

-- withdraw_certificate --
-- Its last day is the one before; one that begins today or later never holds.
UPDATE certificate x
SET valid = CASE WHEN lower(x.valid) < CAST(:on AS date) THEN daterange(lower(x.valid), CAST(:on AS date))
    ELSE daterange 'empty' END,
  withdrawn_at = CAST(:at AS timestamptz), withdrawn_by = current_account(), withdrawn_reason = CAST(:reason AS text)
WHERE x.id = CAST(:id AS uuid) AND x.withdrawn_at IS NULL AND upper(x.valid) > CAST(:on AS date)
RETURNING id
