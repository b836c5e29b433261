"""Reports and what stands beside them: photos, matches, findings. All of it only ever gains neighbours."""

from migrations.sql import append_only, definer, run, secure

revision = "0005"
down_revision = "0004"

APPEND_ONLY = ("report", "report_photo", "photo", "photo_arrival", "zone_match", "finding", "case_report")
MINE = "EXISTS (SELECT 1 FROM report r WHERE r.id = report_id)"


def upgrade() -> None:
    run("""
CREATE TABLE report (
  id uuid CONSTRAINT report_pkey PRIMARY KEY,
  officer_id uuid NOT NULL CONSTRAINT report_officer_id_fkey REFERENCES account (id),
  organisation_id uuid NOT NULL CONSTRAINT report_organisation_id_fkey REFERENCES organisation (id),
  digest text NOT NULL CONSTRAINT report_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  payload text NOT NULL,
  captured_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  judged_on date NOT NULL,
  place geometry(Point, 4326) NOT NULL CONSTRAINT report_place_is_place CHECK (NOT ST_IsEmpty(place)
    AND ST_X(place) BETWEEN -180 AND 180 AND ST_Y(place) BETWEEN -90 AND 90),
  sent_lon double precision NOT NULL CONSTRAINT report_sent_lon_range CHECK (sent_lon BETWEEN -180 AND 180),
  sent_lat double precision NOT NULL CONSTRAINT report_sent_lat_range CHECK (sent_lat BETWEEN -90 AND 90),
  datum text NOT NULL CONSTRAINT report_datum_known CHECK (datum IN ('wgs84', 'cgcs2000', 'gcj02', 'bd09')),
  accuracy_m double precision NOT NULL CONSTRAINT report_accuracy_m_range CHECK (accuracy_m BETWEEN 0 AND 100000),
  bearing_deg double precision CONSTRAINT report_bearing_deg_range CHECK (bearing_deg >= 0 AND bearing_deg < 360),
  source text NOT NULL CONSTRAINT report_source_known CHECK (source IN ('device', 'exif', 'manual')),
  category text NOT NULL,
  township_code text,
  zone_codes text[] NOT NULL
);
COMMENT ON COLUMN report.zone_codes IS 'codes of the zones its first match was certain or likely of: an index, not a fact';
COMMENT ON COLUMN report.payload IS 'the report as received, canonical JSON (RFC 8785): its SHA-256 is digest';
COMMENT ON COLUMN report.judged_on IS 'the local day whose zones apply: of captured_at, or of received_at when that is not believed';
CREATE INDEX report_list ON report (received_at DESC, id DESC);
CREATE INDEX report_of_officer ON report (officer_id, captured_at);
CREATE INDEX report_of_organisation ON report (organisation_id, received_at DESC, id DESC);
CREATE INDEX report_place ON report USING gist (place);
CREATE INDEX report_zone_codes ON report USING gin (zone_codes);

CREATE TABLE report_photo (
  report_id uuid NOT NULL CONSTRAINT report_photo_report_id_fkey REFERENCES report (id),
  sha256 text NOT NULL CONSTRAINT report_photo_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  ordinal integer NOT NULL,
  role text NOT NULL CONSTRAINT report_photo_role_known CHECK (role IN ('scene', 'before', 'after', 'document')),
  captured_at timestamptz,
  CONSTRAINT report_photo_pkey PRIMARY KEY (report_id, sha256)
);
CREATE INDEX report_photo_sha256 ON report_photo (sha256);

CREATE TABLE photo (
  sha256 text CONSTRAINT photo_pkey PRIMARY KEY CONSTRAINT photo_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint NOT NULL CONSTRAINT photo_size_bytes_positive CHECK (size_bytes > 0),
  format text NOT NULL CONSTRAINT photo_format_known CHECK (format IN ('jpeg', 'png', 'webp', 'heic')),
  width_px integer NOT NULL,
  height_px integer NOT NULL,
  exif jsonb NOT NULL,
  first_received_at timestamptz NOT NULL
);

CREATE TABLE photo_arrival (
  report_id uuid NOT NULL,
  sha256 text NOT NULL CONSTRAINT photo_arrival_sha256_fkey REFERENCES photo (sha256),
  received_at timestamptz NOT NULL,
  CONSTRAINT photo_arrival_pkey PRIMARY KEY (report_id, sha256),
  CONSTRAINT photo_arrival_declared FOREIGN KEY (report_id, sha256) REFERENCES report_photo (report_id, sha256)
);
CREATE INDEX photo_arrival_sha256 ON photo_arrival (sha256);

CREATE TABLE zone_match (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT zone_match_pkey PRIMARY KEY,
  report_id uuid NOT NULL CONSTRAINT zone_match_report_id_fkey REFERENCES report (id),
  made_at timestamptz NOT NULL,
  algorithm text NOT NULL,
  judged_on date NOT NULL,
  result json COMPRESSION lz4 NOT NULL,
  routing json NOT NULL
);
CREATE INDEX zone_match_report_id ON zone_match (report_id, id DESC);
COMMENT ON COLUMN zone_match.result IS 'verdicts with zone codes and versions, candidates, why, as canonical JSON (RFC 8785)';

CREATE TABLE finding (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT finding_pkey PRIMARY KEY,
  report_id uuid NOT NULL CONSTRAINT finding_report_id_fkey REFERENCES report (id),
  sha256 text,
  code text NOT NULL CONSTRAINT finding_code_form CHECK (code ~ '^[a-z0-9_]+$'),
  params jsonb NOT NULL,
  found_at timestamptz NOT NULL
);
CREATE INDEX finding_report_id ON finding (report_id);

CREATE TABLE case_report (
  case_id uuid NOT NULL CONSTRAINT case_report_case_id_fkey REFERENCES case_file (id),
  report_id uuid NOT NULL CONSTRAINT case_report_report_id_fkey REFERENCES report (id),
  relation text NOT NULL CONSTRAINT case_report_relation_known CHECK (relation IN ('opened', 'attached')),
  CONSTRAINT case_report_pkey PRIMARY KEY (case_id, report_id),
  CONSTRAINT case_report_one_case UNIQUE (report_id)
);
""")
    append_only(APPEND_ONLY)
    secure("report", read="may_see(organisation_id, officer_id)", insert="officer_id = current_account()")
    # The rows beside a report come in the same statement as the report itself, which such a check could not yet see;
    # their foreign keys tie them to it, and only a signed-in account may add any.
    for table in ("report_photo", "photo_arrival", "zone_match", "finding", "case_report"):
        secure(table, read=MINE, insert="current_account() IS NOT NULL")
    secure(
        "photo",
        read="EXISTS (SELECT 1 FROM photo_arrival a WHERE a.sha256 = photo.sha256)",
        insert="current_account() IS NOT NULL",
    )
    # Functions with their owner's rights are never inlined: plpgsql keeps their plans, SQL would plan at every call.
    run("""
-- Whose id this is already, whoever asks: an id is taken once for all, and 409 tells no more than that.
CREATE FUNCTION report_taken_v1(p_report uuid) RETURNS TABLE (digest text, mine boolean) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT r.digest, r.officer_id = current_account() FROM report r WHERE r.id = p_report;
END $$;
-- How often bytes were sent before with other reports; counts only, since those reports may be hidden from the asker.
CREATE FUNCTION photo_reuse_v1(p_report uuid, p_digests text[])
RETURNS TABLE (sha256 text, reports bigint, first_received_at timestamptz) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT rp.sha256, count(*), min(r.received_at)
    FROM report_photo rp JOIN report r ON r.id = rp.report_id
    WHERE rp.sha256 = ANY (p_digests) AND rp.report_id <> p_report
    GROUP BY rp.sha256;
END $$;
""")
    definer("report_taken_v1", "uuid")
    definer("photo_reuse_v1", "uuid, text[]")


def downgrade() -> None:
    run("""
DROP FUNCTION photo_reuse_v1(uuid, text[]);
DROP FUNCTION report_taken_v1(uuid);
DROP TABLE case_report;
DROP TABLE finding;
DROP TABLE zone_match;
DROP TABLE photo_arrival CASCADE;
DROP TABLE photo;
DROP TABLE report_photo;
DROP TABLE report;
""")
