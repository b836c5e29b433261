"""Imports and generator runs that go on after their request: what was asked, how far it got, and the worker's part."""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, definer, run, secure

revision = "0019"
down_revision = "0018"

KINDS = "'township','community','grid','frontage','parking','site','service_point'"
# A sub-select is asked once a statement; called for each of many rows the function would cost a second.
MANAGES = "(SELECT may_manage_zones_v1())"

FOR_THE_WORKER = {
    "zone_run_take_v1": "uuid, integer",
    "zone_run_piece_v1": "uuid, integer, text, integer",
    "zone_run_ground_v1": "uuid, integer, date",
    "zone_run_progress_v1": "uuid, integer, text, integer, integer",
    "zone_run_keep_v1": "uuid, integer, jsonb",
    "zone_run_zones_v1": "uuid, integer, jsonb",
    "zone_run_faults_v1": "uuid, integer, jsonb",
    "zone_run_findings_v1": "uuid, integer, jsonb",
    "zone_run_bytes_v1": "uuid, integer, integer, bytea",
    "zone_run_end_v1": "uuid, integer, json, json",
}

TABLES = f"""
CREATE TABLE zone_run (
  id uuid CONSTRAINT zone_run_pkey PRIMARY KEY,
  task text NOT NULL CONSTRAINT zone_run_task_known CHECK (task IN ('import', 'drawing')),
  kind text NOT NULL CONSTRAINT zone_run_kind_known CHECK (kind IN ({KINDS})),
  options jsonb NOT NULL,
  files jsonb NOT NULL,
  import_id uuid NOT NULL CONSTRAINT zone_run_import_id_key UNIQUE,
  account_id uuid NOT NULL CONSTRAINT zone_run_account_id_fkey REFERENCES account (id),
  asked_at timestamptz NOT NULL,
  state text NOT NULL CONSTRAINT zone_run_state_known CHECK (state IN ('waiting', 'reading', 'reported', 'failed')),
  attempt integer NOT NULL DEFAULT 0,
  phase text,
  done integer,
  total integer,
  problem json,
  summary json,
  ended_at timestamptz,
  CONSTRAINT zone_run_failed_why CHECK ((state = 'failed') = (problem IS NOT NULL))
);
CREATE INDEX zone_run_list ON zone_run (asked_at DESC, id DESC);
CREATE INDEX zone_run_account_id ON zone_run (account_id);
CREATE INDEX zone_import_list ON zone_import (made_at DESC, id DESC);
COMMENT ON COLUMN zone_run.import_id IS 'of the import it becomes: known before, so that done twice it is one import';
COMMENT ON COLUMN zone_run.files IS '[{{part, name, sha256, size_bytes}}]';

CREATE TABLE zone_run_piece (
  run_id uuid NOT NULL CONSTRAINT zone_run_piece_run_id_fkey REFERENCES zone_run (id),
  part text NOT NULL,
  ordinal integer NOT NULL,
  bytes bytea NOT NULL,
  CONSTRAINT zone_run_piece_pkey PRIMARY KEY (run_id, part, ordinal)
);

CREATE TABLE zone_run_finding (
  run_id uuid NOT NULL CONSTRAINT zone_run_finding_run_id_fkey REFERENCES zone_run (id),
  number integer NOT NULL,
  kind text NOT NULL,
  why text NOT NULL,
  ids text[] NOT NULL,
  street text,
  size double precision NOT NULL,
  geometry json NOT NULL,
  CONSTRAINT zone_run_finding_pkey PRIMARY KEY (run_id, number)
);
"""

ORDERING = """
-- One change of a layer at a time: whoever compares shapes with their neighbours before writing holds this till the end.
CREATE FUNCTION zone_layer_lock_v1(p_kind text) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(hashtext('zone_step_v1'), hashtext(p_kind))
$$;

-- Who sent layers, for those who manage them: accounts show themselves to nobody else.
CREATE FUNCTION zone_senders_v1() RETURNS TABLE (account_id uuid, username text, display_name text) LANGUAGE sql STABLE AS $$
  SELECT a.id, a.username, a.display_name FROM account a
  WHERE may_manage_zones_v1() AND (EXISTS (SELECT 1 FROM zone_import i WHERE i.made_by = a.id)
    OR EXISTS (SELECT 1 FROM zone_run r WHERE r.account_id = a.id))
$$;

-- Orders a run and its job. Jobs of runs share a lock: one is done at a time, so that other jobs always find a turn.
CREATE FUNCTION zone_run_order_v1(p_id uuid, p_import uuid, p_task text, p_kind text, p_options jsonb, p_files jsonb,
  p_at timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF current_account() IS NULL OR NOT may_manage_zones_v1() THEN
    RAISE EXCEPTION 'zones are the district''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO zone_run (id, task, kind, options, files, import_id, account_id, asked_at, state)
  VALUES (p_id, p_task, p_kind, p_options, p_files, p_import, current_account(), p_at, 'waiting');
  PERFORM procrastinate_defer_jobs_v1(ARRAY[CAST(ROW('default', 'zone_run', 0, 'zone_run', NULL,
    jsonb_build_object('run_id', p_id), NULL) AS procrastinate_job_to_defer_v1)]);
END $$;
"""

WORKING = """
-- The import a run becomes, while this attempt is the one that has it; a worker that was overtaken is stopped here.
CREATE FUNCTION zone_run_import(p_run uuid, p_attempt integer) RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_import uuid;
BEGIN
  SELECT r.import_id INTO v_import FROM zone_run r
  WHERE r.id = p_run AND r.attempt = p_attempt AND r.state = 'reading';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'another attempt has this run' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'zone_run_overtaken';
  END IF;
  RETURN v_import;
END $$;

-- Takes a run up, again after a worker that died; nothing when it is done. One that was tried often enough, or whose
-- asker may no longer manage zones, fails here.
CREATE FUNCTION zone_run_take_v1(p_run uuid, p_tries_max integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_run zone_run%ROWTYPE;
  v_code text;
BEGIN
  SELECT * INTO v_run FROM zone_run r WHERE r.id = p_run AND r.state IN ('waiting', 'reading') FOR UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  UPDATE zone_run r SET state = 'reading', attempt = r.attempt + 1, phase = NULL, done = NULL, total = NULL
  WHERE r.id = p_run RETURNING * INTO v_run;
  IF v_run.attempt > p_tries_max THEN
    v_code := 'internal';
  ELSIF NOT EXISTS (
      SELECT 1 FROM account a JOIN organisation o ON o.id = a.organisation_id
      WHERE a.id = v_run.account_id AND a.role IN ('admin', 'zone_manager') AND o.kind = 'district'
        AND a.disabled_at IS NULL) THEN
    v_code := 'not_allowed';
  END IF;
  IF v_code IS NOT NULL THEN
    PERFORM zone_run_end_v1(p_run, v_run.attempt, json_build_object('code', v_code, 'detail', json_build_object()), NULL);
    RETURN NULL;
  END IF;
  RETURN json_build_object('id', v_run.id, 'task', v_run.task, 'kind', v_run.kind, 'options', v_run.options,
    'files', v_run.files, 'attempt', v_run.attempt);
END $$;

CREATE FUNCTION zone_run_piece_v1(p_run uuid, p_attempt integer, p_part text, p_ordinal integer) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
BEGIN
  PERFORM zone_run_import(p_run, p_attempt);
  RETURN (SELECT p.bytes FROM zone_run_piece p WHERE p.run_id = p_run AND p.part = p_part AND p.ordinal = p_ordinal);
END $$;

-- What a reader without a database has to know: the townships of a day, and the layer in force.
CREATE FUNCTION zone_run_ground_v1(p_run uuid, p_attempt integer, p_on date)
RETURNS TABLE (what text, id bigint, code text, name text, wkb text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  PERFORM zone_run_import(p_run, p_attempt);
  RETURN QUERY
  SELECT 'township', z.id, z.code, z.name, encode(ST_AsBinary(z.geom), 'hex') FROM zone z
  WHERE z.kind = 'township' AND z.valid @> p_on ORDER BY z.code;
  RETURN QUERY
  SELECT 'zone', z.id, z.code, z.name, encode(ST_AsBinary(z.geom), 'hex') FROM zone z
  JOIN zone_run r ON r.id = p_run AND z.kind = r.kind
  WHERE upper_inf(z.valid) ORDER BY z.code;
END $$;

CREATE FUNCTION zone_run_progress_v1(p_run uuid, p_attempt integer, p_phase text, p_done integer, p_total integer)
RETURNS void LANGUAGE sql AS $$
  UPDATE zone_run r SET phase = p_phase, done = p_done, total = p_total
  WHERE r.id = p_run AND r.attempt = p_attempt AND r.state = 'reading'
$$;

-- Keeps what was read as an import: {file_name, sha256, size_bytes, options, summary}. The file of an import moves to it;
-- of a drawing the worker gives the bytes it drew.
CREATE FUNCTION zone_run_keep_v1(p_run uuid, p_attempt integer, p_import jsonb) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  v_import uuid := zone_run_import(p_run, p_attempt);
BEGIN
  INSERT INTO zone_import (id, kind, file_name, sha256, size_bytes, options, summary, made_by, made_at)
  SELECT v_import, r.kind, p_import ->> 'file_name', p_import ->> 'sha256', CAST(p_import ->> 'size_bytes' AS bigint),
    p_import -> 'options', CAST(p_import -> 'summary' AS json), r.account_id, r.asked_at
  FROM zone_run r WHERE r.id = p_run;
  INSERT INTO zone_import_piece (import_id, ordinal, bytes)
  SELECT v_import, p.ordinal, p.bytes FROM zone_run_piece p WHERE p.run_id = p_run AND p.part = 'file';
  DELETE FROM zone_run_piece p WHERE p.run_id = p_run AND p.part = 'file';
  RETURN v_import;
END $$;

CREATE FUNCTION zone_run_zones_v1(p_run uuid, p_attempt integer, p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_import uuid := zone_run_import(p_run, p_attempt);
BEGIN
  INSERT INTO zone_import_zone (import_id, number, code, name, township_code, properties, wkb, repaired_wkb,
    repaired_township, refused, same_as)
  SELECT v_import, r.zone, r.code, r.name, r.township, CAST(r.properties AS jsonb), r.wkb, r.repaired,
    r.repaired_township, r.refused, r.same_as
  FROM jsonb_to_recordset(p_rows) AS r (zone integer, code text, name text, township text, properties text, wkb text,
    repaired text, repaired_township text, refused boolean, same_as bigint);
END $$;

CREATE FUNCTION zone_run_faults_v1(p_run uuid, p_attempt integer, p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_import uuid := zone_run_import(p_run, p_attempt);
BEGIN
  INSERT INTO zone_import_fault (import_id, number, code, severity, feature, zone_code, params, geometry)
  SELECT v_import, r.place, r.fault, r.severity, r.number, r.zone, r.params, CAST(r.geometry AS json)
  FROM jsonb_to_recordset(p_rows) AS r (place integer, fault text, severity text, number integer, zone text, params jsonb,
    geometry text);
END $$;

CREATE FUNCTION zone_run_findings_v1(p_run uuid, p_attempt integer, p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM zone_run_import(p_run, p_attempt);
  INSERT INTO zone_run_finding (run_id, number, kind, why, ids, street, size, geometry)
  SELECT p_run, r.number, r.kind, r.why, ARRAY(SELECT jsonb_array_elements_text(r.ids)), r.street, r.size,
    CAST(r.geometry AS json)
  FROM jsonb_to_recordset(p_rows) AS r (number integer, kind text, why text, ids jsonb, street text,
    size double precision, geometry text);
END $$;

CREATE FUNCTION zone_run_bytes_v1(p_run uuid, p_attempt integer, p_ordinal integer, p_bytes bytea) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_import uuid := zone_run_import(p_run, p_attempt);
BEGIN
  INSERT INTO zone_import_piece (import_id, ordinal, bytes) VALUES (v_import, p_ordinal, p_bytes);
END $$;

-- The end of a run: with a problem it failed, and nobody needs its files again.
CREATE FUNCTION zone_run_end_v1(p_run uuid, p_attempt integer, p_problem json, p_summary json) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM zone_run_import(p_run, p_attempt);
  UPDATE zone_run r
  SET state = CASE WHEN p_problem IS NULL THEN 'reported' ELSE 'failed' END, problem = p_problem, summary = p_summary,
    phase = NULL, done = NULL, total = NULL, ended_at = clock_timestamp()
  WHERE r.id = p_run AND r.attempt = p_attempt AND r.state = 'reading';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'another attempt has this run' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'zone_run_overtaken';
  END IF;
  IF p_problem IS NOT NULL THEN
    DELETE FROM zone_run_piece p WHERE p.run_id = p_run;
  END IF;
END $$;
"""


def upgrade() -> None:
    run(TABLES)
    run(ORDERING)
    run(WORKING)
    secure("zone_run", read=MANAGES)
    secure("zone_run_piece", read=MANAGES, insert=MANAGES)
    secure("zone_run_finding", read=MANAGES)
    definer("zone_senders_v1", "")
    definer("zone_run_order_v1", "uuid, uuid, text, text, jsonb, jsonb, timestamptz")
    run("REVOKE ALL ON FUNCTION zone_run_import(uuid, integer) FROM PUBLIC")
    for name, arguments in FOR_THE_WORKER.items():
        definer(name, arguments)
        run(f"REVOKE EXECUTE ON FUNCTION {name}({arguments}) FROM {SERVER_ROLE}")
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")


def downgrade() -> None:
    for name, arguments in FOR_THE_WORKER.items():
        run(f"DROP FUNCTION {name}({arguments})")
    run("""
DROP FUNCTION zone_run_import(uuid, integer);
DROP FUNCTION zone_run_order_v1(uuid, uuid, text, text, jsonb, jsonb, timestamptz);
DROP FUNCTION zone_senders_v1();
DROP FUNCTION zone_layer_lock_v1(text);
DROP INDEX zone_import_list;
DROP TABLE zone_run_finding;
DROP TABLE zone_run_piece;
DROP TABLE zone_run;
""")
