-- put_attachment --
-- Note bytes that are in the store; true when whoever asks had not sent them before.
SELECT attachment_put_v1(CAST(:sha256 AS text), CAST(:media_type AS text), CAST(:size_bytes AS bigint),
  CAST(:at AS timestamptz))

-- fetch_attachment --
-- What is known of bytes that whoever asks may see.
SELECT t.media_type, t.size_bytes FROM attachment t WHERE t.sha256 = CAST(:sha256 AS text)

-- use_attachments --
-- Let something rely on them; those that whoever asks may not see.
SELECT attachment_use_v1(CAST(:digests AS text[]), CAST(:kind AS text), CAST(:thing AS uuid),
  CAST(:organisation_id AS uuid), CAST(:at AS timestamptz))
