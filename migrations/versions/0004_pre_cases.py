"""Cases, their hash-chained ledger, and what is told to whom: inbox and outbox."""

from migrations.sql import SERVER_ROLE, append_only, definer, run, secure

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run("""
CREATE SEQUENCE case_number_seq;
CREATE TABLE case_file (
  id uuid CONSTRAINT case_file_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  number text NOT NULL CONSTRAINT case_file_number_key UNIQUE,
  state text NOT NULL CONSTRAINT case_file_state_known CHECK (state IN ('reported')),
  organisation_id uuid NOT NULL CONSTRAINT case_file_organisation_id_fkey REFERENCES organisation (id),
  township_code text,
  category text NOT NULL,
  place geometry(Point, 4326) NOT NULL CONSTRAINT case_file_place_is_place CHECK (NOT ST_IsEmpty(place)
    AND ST_X(place) BETWEEN -180 AND 180 AND ST_Y(place) BETWEEN -90 AND 90),
  reporter_id uuid NOT NULL CONSTRAINT case_file_reporter_id_fkey REFERENCES account (id),
  opened_at timestamptz NOT NULL,
  due_at timestamptz,
  version integer NOT NULL DEFAULT 1 CONSTRAINT case_file_version_positive CHECK (version > 0),
  ledger_seq integer NOT NULL DEFAULT 0,
  ledger_head text NOT NULL DEFAULT ''
);
CREATE INDEX case_file_list ON case_file (opened_at DESC, id DESC);
CREATE INDEX case_file_of_organisation ON case_file (organisation_id, opened_at DESC, id DESC);
CREATE INDEX case_file_of_reporter ON case_file (reporter_id, opened_at DESC, id DESC);
CREATE INDEX case_file_place ON case_file USING gist (place);
COMMENT ON COLUMN case_file.ledger_head IS 'hash of the newest ledger entry: with ledger_seq it shows a cut-off tail';

CREATE TABLE ledger (
  case_id uuid NOT NULL CONSTRAINT ledger_case_id_fkey REFERENCES case_file (id),
  seq integer NOT NULL CONSTRAINT ledger_seq_positive CHECK (seq > 0),
  recorded_at timestamptz NOT NULL,
  actor_id uuid CONSTRAINT ledger_actor_id_fkey REFERENCES account (id),
  action text NOT NULL CONSTRAINT ledger_action_form CHECK (action ~ '^[a-z_]+[.][a-z_]+$'),
  body text NOT NULL,
  prev_hash text NOT NULL,
  hash text NOT NULL CONSTRAINT ledger_hash_form CHECK (hash ~ '^[0-9a-f]{64}$'),
  CONSTRAINT ledger_pkey PRIMARY KEY (case_id, seq)
);
COMMENT ON COLUMN ledger.body IS 'canonical JSON (RFC 8785) as text: the hash covers these very bytes';

CREATE TABLE inbox_entry (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT inbox_entry_pkey PRIMARY KEY,
  organisation_id uuid NOT NULL CONSTRAINT inbox_entry_organisation_id_fkey REFERENCES organisation (id),
  case_id uuid NOT NULL CONSTRAINT inbox_entry_case_id_fkey REFERENCES case_file (id),
  kind text NOT NULL,
  reason text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  read_at timestamptz,
  CONSTRAINT inbox_entry_once UNIQUE (case_id, organisation_id, kind)
);
CREATE INDEX inbox_entry_of_organisation ON inbox_entry (organisation_id, id DESC);

CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_pkey PRIMARY KEY,
  event text NOT NULL,
  dedupe_key text NOT NULL CONSTRAINT outbox_dedupe_key_key UNIQUE,
  organisation_id uuid NOT NULL CONSTRAINT outbox_organisation_id_fkey REFERENCES organisation (id),
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
""")
    run("""
-- What the chain hashes, in one place; server/evidence/ledger.py says the same in Python.
CREATE FUNCTION ledger_hash(p_prev text, p_case uuid, p_seq integer, p_at timestamptz, p_actor uuid, p_action text, p_body text)
RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN encode(sha256(convert_to(concat_ws(E'\\n', p_prev, p_case::text, p_seq::text,
    to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), coalesce(p_actor::text, ''), p_action, p_body),
    'UTF8')), 'hex');
END $$;

CREATE FUNCTION ledger_append_v1(p_case uuid, p_action text, p_body text) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  at timestamptz := clock_timestamp();
  actor uuid := current_account();
  entry record;
BEGIN
  -- The row lock makes the chain linear; the subselect keeps the hash from before.
  UPDATE case_file c
  SET ledger_seq = c.ledger_seq + 1,
    ledger_head = ledger_hash(c.ledger_head, c.id, c.ledger_seq + 1, at, actor, p_action, p_body)
  FROM (SELECT id, ledger_head FROM case_file WHERE id = p_case AND may_see(organisation_id, reporter_id) FOR UPDATE) before
  WHERE c.id = before.id
  RETURNING c.ledger_seq AS seq, before.ledger_head AS prev_hash, c.ledger_head AS hash INTO STRICT entry;
  INSERT INTO ledger (case_id, seq, recorded_at, actor_id, action, body, prev_hash, hash)
  VALUES (p_case, entry.seq, at, actor, p_action, p_body, entry.prev_hash, entry.hash);
  RETURN entry.seq;
END $$;

CREATE FUNCTION outbox_put_v1(p_event text, p_key text, p_organisation uuid, p_payload jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox (event, dedupe_key, organisation_id, payload) VALUES (p_event, p_key, p_organisation, p_payload)
  ON CONFLICT (dedupe_key) DO NOTHING;
END $$;

-- Opens a case at the body that answers for the place, with its first ledger entry, inbox entry and outbox row.
CREATE FUNCTION case_open_v1(p_prefix text, p_organisation uuid, p_township text, p_category text, p_place geometry,
  p_opened timestamptz, p_reason text, p_body text)
RETURNS TABLE (case_id uuid, case_number text, case_state text, case_due_at timestamptz) LANGUAGE plpgsql AS $$
DECLARE
  new_id uuid := gen_random_uuid();
  new_number text := p_prefix || '-' || lpad(nextval('case_number_seq')::text, 6, '0');
  at timestamptz := clock_timestamp();
  first_hash text := ledger_hash('', new_id, 1, at, current_account(), 'report.received', p_body);
BEGIN
  INSERT INTO case_file (id, number, state, organisation_id, township_code, category, place, reporter_id, opened_at,
    ledger_seq, ledger_head)
  VALUES (new_id, new_number, 'reported', p_organisation, p_township, p_category, p_place, current_account(), p_opened,
    1, first_hash);
  INSERT INTO ledger (case_id, seq, recorded_at, actor_id, action, body, prev_hash, hash)
  VALUES (new_id, 1, at, current_account(), 'report.received', p_body, '', first_hash);
  INSERT INTO inbox_entry (organisation_id, case_id, kind, reason)
  VALUES (p_organisation, new_id, 'case.opened', p_reason);
  PERFORM outbox_put_v1('case.opened', 'case.opened:' || new_id::text, p_organisation,
    jsonb_build_object('case', new_number, 'reason', p_reason));
  RETURN QUERY SELECT new_id, new_number, 'reported'::text, NULL::timestamptz;
END $$;
""")
    append_only(["ledger"])
    secure("case_file", read="may_see(organisation_id, reporter_id)")
    secure("ledger", read="EXISTS (SELECT 1 FROM case_file c WHERE c.id = case_id)")
    secure("inbox_entry", read="may_see(organisation_id, NULL)")
    secure("outbox", read="may_see(organisation_id, NULL)")
    definer("ledger_append_v1", "uuid, text, text")
    definer("outbox_put_v1", "text, text, uuid, jsonb")
    definer("case_open_v1", "text, uuid, text, text, geometry, timestamptz, text, text")
    run(
        f"GRANT EXECUTE ON FUNCTION ledger_hash(text, uuid, integer, timestamptz, uuid, text, text) TO {SERVER_ROLE}"
    )


def downgrade() -> None:
    run("""
DROP FUNCTION case_open_v1(text, uuid, text, text, geometry, timestamptz, text, text);
DROP FUNCTION outbox_put_v1(text, text, uuid, jsonb);
DROP FUNCTION ledger_append_v1(uuid, text, text);
DROP TABLE outbox;
DROP TABLE inbox_entry;
DROP TABLE ledger;
DROP FUNCTION ledger_hash(text, uuid, integer, timestamptz, uuid, text, text);
DROP TABLE case_file;
DROP SEQUENCE case_number_seq;
""")
