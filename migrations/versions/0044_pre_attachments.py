"""Attachments: photos and PDFs that belong to no report, beside the photos of reports in one store; and what relies on
each of them, which says who reads it."""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, append_only, definer, run, secure

revision = "0044"
down_revision = "0043"

FOR_THE_WORKER = {"photos_known_v1": "text[]", "photos_arrived_v1": "timestamptz, integer"}
KNOWN = """
CREATE OR REPLACE FUNCTION photos_known_v1(p_digests text[]) RETURNS SETOF text LANGUAGE sql STABLE AS $$
  SELECT p.sha256 FROM photo p WHERE p.sha256 = ANY (p_digests)
  {more}
$$;
CREATE OR REPLACE FUNCTION photos_arrived_v1(p_since timestamptz, p_rows integer)
RETURNS TABLE (sha256 text, received_at timestamptz) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT a.sha256, a.received_at FROM {files} a WHERE a.received_at >= p_since
    ORDER BY a.received_at, a.sha256 LIMIT p_rows;
END $$;
"""


def upgrade() -> None:
    run("""
CREATE TABLE attachment (
  sha256 text CONSTRAINT attachment_pkey PRIMARY KEY CONSTRAINT attachment_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  media_type text NOT NULL CONSTRAINT attachment_media_type_known
    CHECK (media_type IN ('image/jpeg', 'image/png', 'image/webp', 'image/heic', 'application/pdf')),
  size_bytes bigint NOT NULL CONSTRAINT attachment_size_bytes_positive CHECK (size_bytes > 0),
  received_at timestamptz NOT NULL,
  received_from uuid NOT NULL CONSTRAINT attachment_received_from_fkey REFERENCES account (id)
);
CREATE INDEX attachment_received_at ON attachment USING brin (received_at);
CREATE TABLE attachment_use (
  sha256 text NOT NULL CONSTRAINT attachment_use_sha256_fkey REFERENCES attachment (sha256),
  use_kind text NOT NULL CONSTRAINT attachment_use_use_kind_form CHECK (use_kind ~ '^[a-z_]{1,64}$'),
  use_id uuid NOT NULL,
  organisation_id uuid CONSTRAINT attachment_use_organisation_id_fkey REFERENCES organisation (id),
  used_by uuid NOT NULL CONSTRAINT attachment_use_used_by_fkey REFERENCES account (id),
  used_at timestamptz NOT NULL,
  CONSTRAINT attachment_use_pkey PRIMARY KEY (sha256, use_kind, use_id)
);
COMMENT ON TABLE attachment_use IS 'what relies on the bytes, and of which body that is; sending them is the first use';
COMMENT ON COLUMN attachment_use.use_id IS 'of the thing of this kind; of an upload the account that sent it';
COMMENT ON COLUMN attachment_use.organisation_id IS 'its people may read the bytes besides who used them and the district';
CREATE VIEW evidence_file_v1 WITH (security_invoker = true) AS
  SELECT a.sha256, a.received_at FROM photo_arrival a UNION ALL SELECT t.sha256, t.received_at FROM attachment t;
""")
    append_only(("attachment", "attachment_use"))
    secure("attachment_use", read="may_see(organisation_id, used_by)")
    secure("attachment", read="EXISTS (SELECT 1 FROM attachment_use u WHERE u.sha256 = attachment.sha256)")
    run("""
-- Note bytes that are in the store; true when whoever asks had not sent them before.
CREATE FUNCTION attachment_put_v1(p_sha256 text, p_media_type text, p_size_bytes bigint, p_at timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  added integer;
BEGIN
  INSERT INTO attachment (sha256, media_type, size_bytes, received_at, received_from)
  VALUES (p_sha256, p_media_type, p_size_bytes, p_at, current_account()) ON CONFLICT DO NOTHING;
  INSERT INTO attachment_use (sha256, use_kind, use_id, used_by, used_at)
  VALUES (p_sha256, 'upload', current_account(), current_account(), p_at) ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS added = ROW_COUNT;
  IF added > 0 AND p_media_type LIKE 'image/%' THEN
    PERFORM job_put_v1('make_thumbnail', jsonb_build_object('sha256', p_sha256));
  END IF;
  RETURN added > 0;
END $$;

-- Let something rely on bytes that whoever asks may see; returns those they may not see, and then notes none.
CREATE FUNCTION attachment_use_v1(p_digests text[], p_kind text, p_id uuid, p_organisation uuid, p_at timestamptz)
RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  hidden text[];
BEGIN
  SELECT array_agg(d.sha256 ORDER BY d.sha256) INTO hidden FROM unnest(p_digests) AS d (sha256)
  WHERE NOT EXISTS (SELECT 1 FROM attachment_use u
    WHERE u.sha256 = d.sha256 AND may_see(u.organisation_id, u.used_by));
  IF hidden IS NOT NULL THEN
    RETURN hidden;
  END IF;
  INSERT INTO attachment_use (sha256, use_kind, use_id, organisation_id, used_by, used_at)
  SELECT d.sha256, p_kind, p_id, p_organisation, current_account(), p_at FROM unnest(p_digests) AS d (sha256)
  ON CONFLICT DO NOTHING;
  RETURN '{}';
END $$;
""")
    definer("attachment_put_v1", "text, text, bigint, timestamptz")
    definer("attachment_use_v1", "text[], text, uuid, uuid, timestamptz")
    more = "UNION SELECT t.sha256 FROM attachment t WHERE t.sha256 = ANY (p_digests)"
    _known(more, "evidence_file_v1")
    run(f"GRANT SELECT ON evidence_file_v1 TO {SERVER_ROLE}")


def _known(more: str, files: str) -> None:
    """Replaced, a function has its caller's rights again."""
    run(KNOWN.format(more=more, files=files))
    for function, arguments in FOR_THE_WORKER.items():
        definer(function, arguments)
        run(f"""
REVOKE EXECUTE ON FUNCTION {function}({arguments}) FROM {SERVER_ROLE};
GRANT EXECUTE ON FUNCTION {function}({arguments}) TO {WORKER_ROLE};
""")


def downgrade() -> None:
    _known("", "photo_arrival")
    run("""
DROP FUNCTION attachment_use_v1(text[], text, uuid, uuid, timestamptz);
DROP FUNCTION attachment_put_v1(text, text, bigint, timestamptz);
DROP POLICY attachment_read ON attachment;
DROP VIEW evidence_file_v1;
DROP TABLE attachment_use;
DROP TABLE attachment;
""")
