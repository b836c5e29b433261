"""Rulebooks: what practices go by, of all kinds in one table; versions that come into force on a day and are never changed."""

from migrations.sql import SERVER_ROLE, run, secure

revision = "0043"
down_revision = "0042"

DISTRICT = "current_scope() = 'district'"
COMES = "version, valid, activated_at, activated_by, withdrawn_at, withdrawn_by, withdrawn_from"


def upgrade() -> None:
    run("""
CREATE TABLE rulebook (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT rulebook_pkey PRIMARY KEY,
  kind text NOT NULL CONSTRAINT rulebook_kind_form CHECK (kind ~ '^[a-z_]{1,64}$'),
  name text NOT NULL CONSTRAINT rulebook_name_length CHECK (length(name) BETWEEN 1 AND 200),
  source text NOT NULL,
  source_date date,
  sample boolean NOT NULL,
  digest text NOT NULL CONSTRAINT rulebook_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  rows json NOT NULL,
  created_at timestamptz NOT NULL,
  created_by uuid CONSTRAINT rulebook_created_by_fkey REFERENCES account (id),
  version integer CONSTRAINT rulebook_version_positive CHECK (version > 0),
  valid daterange,
  activated_at timestamptz,
  activated_by uuid CONSTRAINT rulebook_activated_by_fkey REFERENCES account (id),
  withdrawn_at timestamptz,
  withdrawn_by uuid CONSTRAINT rulebook_withdrawn_by_fkey REFERENCES account (id),
  withdrawn_from date,
  CONSTRAINT rulebook_version_key UNIQUE (kind, version),
  CONSTRAINT rulebook_draft_or_version
    CHECK ((version IS NULL) = (valid IS NULL) AND (version IS NULL) = (activated_at IS NULL)),
  CONSTRAINT rulebook_valid_not_empty CHECK (NOT lower_inf(valid) AND isempty(valid) = (withdrawn_at IS NOT NULL)),
  CONSTRAINT rulebook_withdrawn_whole
    CHECK ((withdrawn_at IS NULL) = (withdrawn_from IS NULL) AND (withdrawn_at IS NULL OR version IS NOT NULL)),
  CONSTRAINT rulebook_one_at_a_time EXCLUDE USING gist (kind WITH =, valid WITH &&)
);
COMMENT ON TABLE rulebook IS 'whole sets as they were sent, of every kind of server.rulebooks.books';
COMMENT ON COLUMN rulebook.source_date IS 'date of the source, as of a published document';
COMMENT ON COLUMN rulebook.rows IS 'JSON with sorted members; its SHA-256 is digest';
COMMENT ON COLUMN rulebook.version IS 'given when a draft comes into force; counted by kind';
COMMENT ON COLUMN rulebook.withdrawn_at IS 'taken back before its first day: it never held';
COMMENT ON COLUMN rulebook.withdrawn_from IS 'the day it would have come into force';
CREATE INDEX rulebook_of_kind ON rulebook (kind, id DESC);

-- What stands in a set never changes: it comes into force once and ends once, and can be taken back before its first day.
CREATE FUNCTION rulebook_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.version IS NULL THEN
    RETURN OLD;
  ELSIF TG_OP = 'DELETE'
    OR (OLD.id, OLD.kind, OLD.name, OLD.source, OLD.source_date, OLD.sample, OLD.digest, CAST(OLD.rows AS text), OLD.created_at,
      OLD.created_by)
    IS DISTINCT FROM (NEW.id, NEW.kind, NEW.name, NEW.source, NEW.source_date, NEW.sample, NEW.digest, CAST(NEW.rows AS text),
      NEW.created_at, NEW.created_by)
    OR (OLD.version IS NOT NULL AND (OLD.version, OLD.activated_at, OLD.activated_by)
      IS DISTINCT FROM (NEW.version, NEW.activated_at, NEW.activated_by))
    OR OLD.withdrawn_at IS NOT NULL
    OR (OLD.version IS NOT NULL AND NEW.withdrawn_at IS NULL
      AND (lower(OLD.valid) IS DISTINCT FROM lower(NEW.valid) OR NOT upper_inf(OLD.valid) AND NOT upper_inf(NEW.valid)))
    OR (NEW.withdrawn_at IS NOT NULL AND (OLD.version IS NULL OR NOT upper_inf(OLD.valid)
      OR NEW.withdrawn_from IS DISTINCT FROM lower(OLD.valid)
      OR CAST(NEW.withdrawn_at AT TIME ZONE 'UTC' AS date) > lower(OLD.valid)))
  THEN
    RAISE EXCEPTION 'a rulebook only comes into force and ends' USING ERRCODE = 'restrict_violation',
      CONSTRAINT = 'rulebook_keeps';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER rulebook_keeps BEFORE UPDATE OR DELETE ON rulebook FOR EACH ROW EXECUTE FUNCTION rulebook_keeps();

-- Bring a draft into force on a day and end the set of its kind before it; says what came of it. Rights are the caller's.
CREATE FUNCTION rulebook_activate_v1(p_set bigint, p_from date, p_today date, p_at timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  draft record;
  newest record;
BEGIN
  -- One at a time, so that two never both see the same set as the newest; the constraints would only refuse the second.
  PERFORM pg_advisory_xact_lock(hashtext('rulebook'));
  SELECT s.kind, s.version, s.valid, s.withdrawn_at INTO draft FROM rulebook s WHERE s.id = p_set;
  IF NOT FOUND THEN
    RETURN 'missing';
  ELSIF draft.withdrawn_at IS NOT NULL THEN
    RETURN 'withdrawn';
  ELSIF draft.version IS NOT NULL THEN
    RETURN CASE WHEN lower(draft.valid) = p_from THEN 'same' ELSE 'in_force' END;
  END IF;
  SELECT s.id, lower(s.valid) AS since INTO newest FROM rulebook s
  WHERE s.kind = draft.kind AND s.version IS NOT NULL AND s.withdrawn_at IS NULL ORDER BY s.version DESC LIMIT 1;
  IF newest.since >= p_from THEN
    RETURN 'early';
  ELSIF newest.id IS NOT NULL AND p_from < p_today THEN
    RETURN 'past';
  END IF;
  UPDATE rulebook s SET valid = daterange(lower(s.valid), p_from) WHERE s.id = newest.id;
  UPDATE rulebook s
  SET version = coalesce((SELECT max(o.version) FROM rulebook o WHERE o.kind = draft.kind), 0) + 1,
    valid = daterange(p_from, NULL), activated_at = p_at, activated_by = current_account()
  WHERE s.id = p_set;
  RETURN 'activated';
END $$;

-- Take back a set whose first day is still to come: the one before it goes on. Rights are the caller's.
CREATE FUNCTION rulebook_take_back_v1(p_set bigint, p_today date, p_at timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  chosen record;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('rulebook'));
  SELECT s.kind, s.version, lower(s.valid) AS since, upper_inf(s.valid) AS newest, s.withdrawn_at INTO chosen
  FROM rulebook s WHERE s.id = p_set;
  IF NOT FOUND THEN
    RETURN 'missing';
  ELSIF chosen.withdrawn_at IS NOT NULL THEN
    RETURN 'same';
  ELSIF chosen.version IS NULL THEN
    RETURN 'draft';
  ELSIF chosen.since <= p_today THEN
    RETURN 'begun';
  ELSIF NOT chosen.newest THEN
    RETURN 'followed';
  END IF;
  UPDATE rulebook s SET valid = 'empty', withdrawn_at = p_at, withdrawn_by = current_account(), withdrawn_from = chosen.since
  WHERE s.id = p_set;
  UPDATE rulebook s SET valid = daterange(lower(s.valid), NULL) WHERE s.kind = chosen.kind AND upper(s.valid) = chosen.since;
  RETURN 'withdrawn';
END $$;
""")
    secure("rulebook", read="current_account() IS NOT NULL", insert=DISTRICT, update=DISTRICT)
    run(f"""
REVOKE UPDATE ON rulebook FROM {SERVER_ROLE};
GRANT UPDATE ({COMES}) ON rulebook TO {SERVER_ROLE};
""")


def downgrade() -> None:
    run("""
DROP TABLE rulebook;
DROP FUNCTION rulebook_keeps();
DROP FUNCTION rulebook_activate_v1(bigint, date, date, timestamptz);
DROP FUNCTION rulebook_take_back_v1(bigint, date, timestamptz);
""")
