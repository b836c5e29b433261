"""Editing and re-matching: who changed which zone and why, and what a re-match would move."""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, append_only, definer, run, secure

revision = "0008"
down_revision = "0007"

FOR_THE_WORKER = {
    "rematch_batch_v1": "uuid, integer",
    "rematch_candidates_v1": "jsonb",
    "rematch_note_v1": "uuid, integer, timestamptz, uuid, jsonb",
    "rematch_due_v1": "uuid, integer",
    "rematch_write_v1": "uuid, timestamptz, jsonb",
}

TABLES = """
CREATE TABLE zone_edit (
  id uuid CONSTRAINT zone_edit_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  action text NOT NULL CONSTRAINT zone_edit_action_known
    CHECK (action IN ('draw', 'replace', 'split', 'merge', 'border', 'close', 'undo')),
  kind text NOT NULL,
  note text NOT NULL CONSTRAINT zone_edit_note_length CHECK (length(note) BETWEEN 1 AND 1000),
  valid_from date NOT NULL,
  rematch boolean NOT NULL,
  undoes uuid CONSTRAINT zone_edit_undoes_fkey REFERENCES zone_edit (id),
  account_id uuid NOT NULL CONSTRAINT zone_edit_account_id_fkey REFERENCES account (id),
  account_name text NOT NULL,
  organisation_id uuid NOT NULL CONSTRAINT zone_edit_organisation_id_fkey REFERENCES organisation (id),
  made_at timestamptz NOT NULL
);
CREATE INDEX zone_edit_list ON zone_edit (made_at DESC, id DESC);

CREATE TABLE zone_edit_zone (
  edit_id uuid NOT NULL CONSTRAINT zone_edit_zone_edit_id_fkey REFERENCES zone_edit (id),
  zone_id bigint NOT NULL CONSTRAINT zone_edit_zone_zone_id_fkey REFERENCES zone (id),
  part text NOT NULL CONSTRAINT zone_edit_zone_part_known CHECK (part IN ('before', 'after')),
  CONSTRAINT zone_edit_zone_pkey PRIMARY KEY (edit_id, zone_id, part)
);
CREATE INDEX zone_edit_zone_zone_id ON zone_edit_zone (zone_id);

CREATE TABLE rematch (
  id uuid CONSTRAINT rematch_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  account_id uuid NOT NULL CONSTRAINT rematch_account_id_fkey REFERENCES account (id),
  organisation_id uuid NOT NULL CONSTRAINT rematch_organisation_id_fkey REFERENCES organisation (id),
  run_by uuid CONSTRAINT rematch_run_by_fkey REFERENCES account (id),
  requested_at timestamptz NOT NULL,
  kind text,
  area double precision[],
  received_from timestamptz NOT NULL,
  received_to timestamptz NOT NULL,
  state text NOT NULL CONSTRAINT rematch_state_known
    CHECK (state IN ('listing', 'listed', 'running', 'done', 'refused')),
  looked_at integer NOT NULL DEFAULT 0,
  last_received_at timestamptz,
  last_report_id uuid,
  done_at timestamptz,
  CONSTRAINT rematch_received_order CHECK (received_from < received_to),
  CONSTRAINT rematch_area_form CHECK (cardinality(area) = 4)
);
CREATE INDEX rematch_list ON rematch (requested_at DESC, id DESC);

CREATE TABLE rematch_report (
  rematch_id uuid NOT NULL CONSTRAINT rematch_report_rematch_id_fkey REFERENCES rematch (id),
  report_id uuid NOT NULL CONSTRAINT rematch_report_report_id_fkey REFERENCES report (id),
  before_match bigint NOT NULL CONSTRAINT rematch_report_before_match_fkey REFERENCES zone_match (id),
  changes jsonb NOT NULL,
  result text NOT NULL,
  state text NOT NULL CONSTRAINT rematch_report_state_known CHECK (state IN ('listed', 'written', 'outdated')),
  match_id bigint CONSTRAINT rematch_report_match_id_fkey REFERENCES zone_match (id),
  CONSTRAINT rematch_report_pkey PRIMARY KEY (rematch_id, report_id),
  CONSTRAINT rematch_report_written_whole CHECK ((state = 'written') = (match_id IS NOT NULL))
);
CREATE INDEX rematch_report_report_id ON rematch_report (report_id);
"""

# A version that has not begun was used by nobody: it may be withdrawn, which leaves it with no day at all.
WITHDRAWING = """
ALTER TABLE zone DROP CONSTRAINT zone_valid_not_empty;
ALTER TABLE zone ADD CONSTRAINT zone_valid_not_empty CHECK (isempty(valid) OR NOT lower_inf(valid));
CREATE OR REPLACE FUNCTION zone_only_closes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.kind, OLD.code, OLD.version, OLD.name, OLD.township_code, OLD.properties, OLD.source, OLD.sample)
     IS DISTINCT FROM
     (NEW.kind, NEW.code, NEW.version, NEW.name, NEW.township_code, NEW.properties, NEW.source, NEW.sample)
     OR (NOT isempty(NEW.valid) AND lower(OLD.valid) IS DISTINCT FROM lower(NEW.valid))
     OR NOT ST_OrderingEquals(OLD.geom, NEW.geom) OR NOT upper_inf(OLD.valid) THEN
    RAISE EXCEPTION 'a zone version only closes' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'zone_only_closes';
  END IF;
  RETURN NEW;
END $$;
"""

AS_BEFORE = """
DELETE FROM zone WHERE isempty(valid);
ALTER TABLE zone DROP CONSTRAINT zone_valid_not_empty;
ALTER TABLE zone ADD CONSTRAINT zone_valid_not_empty CHECK (NOT isempty(valid) AND NOT lower_inf(valid));
CREATE OR REPLACE FUNCTION zone_only_closes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.kind, OLD.code, OLD.version, OLD.name, OLD.township_code, OLD.properties, OLD.source, OLD.sample, lower(OLD.valid))
     IS DISTINCT FROM
     (NEW.kind, NEW.code, NEW.version, NEW.name, NEW.township_code, NEW.properties, NEW.source, NEW.sample, lower(NEW.valid))
     OR NOT ST_OrderingEquals(OLD.geom, NEW.geom) OR NOT upper_inf(OLD.valid) THEN
    RAISE EXCEPTION 'a zone version only closes' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'zone_only_closes';
  END IF;
  RETURN NEW;
END $$;
"""

STEPPING = """
-- How many reports were judged by the zones of p_from or a later day, near enough to this place that a zone there
-- may have been a candidate. A count only: the reports may be hidden from the asker.
CREATE FUNCTION zone_reports_v1(p_geom geometry, p_from date, p_near_m double precision, p_radius_max_m double precision)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT count(*) FROM report r
    WHERE r.judged_on >= p_from
      AND r.place && ST_Transform(ST_Expand(to_metric(p_geom), p_radius_max_m), 4326)
      AND ST_DWithin(to_metric(r.place), to_metric(p_geom), least(p_radius_max_m, greatest(p_near_m, 3 * r.accuracy_m))));
END $$;

-- One step of the map: the versions named end on a day and others begin on it, and it is kept who did it and why.
-- Rights, dates and "is this still the version in force" are judged here, so that no way into the table goes past them.
--   p_edit: action, kind, note, valid_from, today, at, rematch, undoes, near_m, radius_max_m
--   p_open: [{code, name, township, properties, wkb, sample}], WGS-84
CREATE FUNCTION zone_step_v1(p_edit jsonb, p_close bigint[], p_open jsonb) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  v_kind text := p_edit ->> 'kind';
  v_day date := CAST(p_edit ->> 'valid_from' AS date);
  v_today date := CAST(p_edit ->> 'today' AS date);
  v_editor record;
  v_edit uuid;
  v_townships text[];
BEGIN
  SELECT a.id, a.display_name, o.code, o.kind INTO v_editor
  FROM account a JOIN organisation o ON o.id = a.organisation_id
  WHERE a.id = current_account() AND a.disabled_at IS NULL AND a.role IN ('admin', 'zone_manager');
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no editor' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'zone_step_editor';
  END IF;
  PERFORM 1 FROM zone z WHERE z.id = ANY (p_close) ORDER BY z.id FOR UPDATE;
  IF (SELECT count(*) FROM zone z WHERE z.id = ANY (p_close) AND z.kind = v_kind AND upper_inf(z.valid))
     <> cardinality(p_close) THEN
    RAISE EXCEPTION 'not the newest version' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'zone_step_current';
  END IF;
  IF EXISTS (SELECT 1 FROM zone z WHERE z.id = ANY (p_close)
      AND NOT (lower(z.valid) < v_day OR (lower(z.valid) = v_day AND v_day > v_today))) THEN
    RAISE EXCEPTION 'before the version it ends' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'zone_step_date';
  END IF;
  SELECT array_agg(DISTINCT coalesce(t.code, '')) INTO v_townships FROM (
    SELECT z.township_code AS code FROM zone z WHERE z.id = ANY (p_close)
    UNION ALL SELECT c.township FROM jsonb_to_recordset(p_open) AS c (township text)) t;
  IF v_editor.kind <> 'district' AND (v_kind = 'township' OR v_townships <> ARRAY[v_editor.code] OR EXISTS (
      SELECT 1 FROM jsonb_to_recordset(p_open) AS c (wkb text)
      JOIN zone t ON t.kind = 'township' AND t.code = v_editor.code AND t.valid @> v_day
      WHERE NOT ST_Covers(t.geom, ST_SetSRID(ST_GeomFromWKB(decode(c.wkb, 'hex')), 4326)))) THEN
    RAISE EXCEPTION 'of another township' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'zone_step_scope';
  END IF;
  IF v_day <= v_today AND NOT CAST(p_edit ->> 'rematch' AS boolean) AND EXISTS (
      SELECT 1 FROM (
        SELECT z.geom FROM zone z WHERE z.id = ANY (p_close)
        UNION ALL
        SELECT ST_SetSRID(ST_GeomFromWKB(decode(c.wkb, 'hex')), 4326) FROM jsonb_to_recordset(p_open) AS c (wkb text)) g
      WHERE zone_reports_v1(g.geom, v_day, CAST(p_edit ->> 'near_m' AS double precision),
        CAST(p_edit ->> 'radius_max_m' AS double precision)) > 0) THEN
    RAISE EXCEPTION 'reports depend on it' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'zone_step_reports';
  END IF;

  INSERT INTO zone_edit (action, kind, note, valid_from, rematch, undoes, account_id, account_name, organisation_id, made_at)
  SELECT p_edit ->> 'action', v_kind, p_edit ->> 'note', v_day, v_day <= v_today AND CAST(p_edit ->> 'rematch' AS boolean),
    CAST(p_edit ->> 'undoes' AS uuid), v_editor.id, v_editor.display_name,
    -- Of the township when it is about that one alone: its people may read why.
    coalesce((SELECT o.id FROM organisation o WHERE ARRAY[o.code] = v_townships),
      (SELECT o.id FROM organisation o WHERE o.kind = 'district')), CAST(p_edit ->> 'at' AS timestamptz)
  RETURNING id INTO v_edit;
  UPDATE zone z
  SET valid = CASE WHEN lower(z.valid) < v_day THEN daterange(lower(z.valid), v_day) ELSE 'empty' END
  WHERE z.id = ANY (p_close);
  INSERT INTO zone_edit_zone (edit_id, zone_id, part) SELECT v_edit, unnest(p_close), 'before';
  WITH made AS (
    INSERT INTO zone (kind, code, version, name, township_code, valid, geom, properties, source, sample)
    SELECT v_kind, c.code, 1 + coalesce((SELECT max(z.version) FROM zone z WHERE z.kind = v_kind AND z.code = c.code), 0),
      c.name, c.township, daterange(v_day, NULL), ST_SetSRID(ST_GeomFromWKB(decode(c.wkb, 'hex')), 4326), c.properties,
      'edit', c.sample
    FROM jsonb_to_recordset(p_open)
      AS c (code text, name text, township text, properties jsonb, wkb text, sample boolean)
    RETURNING id)
  INSERT INTO zone_edit_zone (edit_id, zone_id, part) SELECT v_edit, m.id, 'after' FROM made m;
  RETURN v_edit;
END $$;
"""

REMATCHING = """
-- Acts for an account from here to the end of the transaction; false when it may no longer order a re-match.
CREATE FUNCTION rematch_enter(p_account uuid) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_asking record;
BEGIN
  SELECT a.id, a.organisation_id, CASE WHEN o.kind = 'district' THEN 'district' ELSE 'organisation' END AS scope INTO v_asking
  FROM account a JOIN organisation o ON o.id = a.organisation_id
  WHERE a.id = p_account AND a.disabled_at IS NULL AND a.role IN ('admin', 'zone_manager');
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM set_config('frontage.account_id', v_asking.id::text, true),
    set_config('frontage.organisation_id', v_asking.organisation_id::text, true),
    set_config('frontage.scope', v_asking.scope, true);
  RETURN true;
END $$;

-- What judging a report anew needs to know of it.
CREATE FUNCTION rematch_report_json(p_reports uuid[]) RETURNS TABLE (report text) LANGUAGE sql STABLE AS $$
  SELECT CAST(json_build_object('id', r.id, 'received_at', r.received_at, 'judged_on', r.judged_on, 'sent_lon', r.sent_lon,
    'sent_lat', r.sent_lat, 'datum', r.datum, 'accuracy_m', r.accuracy_m, 'bearing_deg', r.bearing_deg,
    'zone_hint', CAST(r.payload AS json) -> 'zone_hint', 'none_weights', k.none_weights, 'match_id', m.id, 'match', m.result) AS text)
  FROM report r
  JOIN LATERAL (SELECT z.id, z.result FROM zone_match z WHERE z.report_id = r.id ORDER BY z.id DESC LIMIT 1) m ON true
  LEFT JOIN category k ON k.code = r.category AND k.valid @> r.judged_on
  WHERE r.id = ANY (p_reports)
  ORDER BY r.received_at, r.id
$$;

-- The next reports of a re-match that is being listed. The lock makes two workers take turns.
CREATE FUNCTION rematch_batch_v1(p_rematch uuid, p_rows integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  v_order rematch%ROWTYPE;
BEGIN
  SELECT * INTO v_order FROM rematch r WHERE r.id = p_rematch AND r.state = 'listing' FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF NOT rematch_enter(v_order.account_id) THEN
    UPDATE rematch r SET state = 'refused' WHERE r.id = p_rematch;
    RETURN;
  END IF;
  RETURN QUERY SELECT j.report FROM rematch_report_json(ARRAY(
    SELECT r.id FROM report r
    WHERE r.received_at >= v_order.received_from AND r.received_at < v_order.received_to
      AND (v_order.last_received_at IS NULL OR (r.received_at, r.id) > (v_order.last_received_at, v_order.last_report_id))
      AND (v_order.area IS NULL
        OR r.place && ST_MakeEnvelope(v_order.area[1], v_order.area[2], v_order.area[3], v_order.area[4], 4326))
      AND may_see(r.organisation_id, r.officer_id)
    ORDER BY r.received_at, r.id LIMIT p_rows)) j;
END $$;

-- Candidates of many spots: [{x, y, radius_m, on, hint, candidates_max}] -> the number of the spot and a candidate.
CREATE FUNCTION rematch_candidates_v1(p_spots jsonb) RETURNS TABLE (spot bigint, candidate text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT s.number - 1, CAST(row_to_json(c) AS text)
  FROM jsonb_array_elements(p_spots) WITH ORDINALITY AS s (value, number)
  CROSS JOIN LATERAL zone_candidates_v1(CAST(s.value ->> 'x' AS double precision), CAST(s.value ->> 'y' AS double precision),
    CAST(s.value ->> 'radius_m' AS double precision), CAST(s.value ->> 'on' AS date), s.value ->> 'hint',
    CAST(s.value ->> 'candidates_max' AS integer)) c;
END $$;

-- What was found of a batch; a batch of none ends the listing.
CREATE FUNCTION rematch_note_v1(p_rematch uuid, p_looked integer, p_received timestamptz, p_report uuid, p_moves jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO rematch_report (rematch_id, report_id, before_match, changes, result, state)
  SELECT p_rematch, m.report, m.before_match, m.changes, m.result, 'listed'
  FROM jsonb_to_recordset(p_moves) AS m (report uuid, before_match bigint, changes jsonb, result text)
  JOIN rematch o ON o.id = p_rematch AND o.state = 'listing'
  WHERE o.kind IS NULL OR m.changes @> jsonb_build_array(jsonb_build_object('kind', o.kind));
  UPDATE rematch r
  SET looked_at = r.looked_at + p_looked, last_received_at = coalesce(p_received, r.last_received_at),
    last_report_id = coalesce(p_report, r.last_report_id), state = CASE WHEN p_looked = 0 THEN 'listed' ELSE r.state END
  WHERE r.id = p_rematch AND r.state = 'listing';
END $$;

-- Starts the run of a list that is complete; asked again it changes nothing. Returns the state it has then.
CREATE FUNCTION rematch_start_v1(p_rematch uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_state text;
BEGIN
  SELECT r.state INTO v_state FROM rematch r
  WHERE r.id = p_rematch AND may_see(r.organisation_id, r.account_id) FOR UPDATE;
  IF v_state = 'listed' THEN
    UPDATE rematch r SET state = 'running', run_by = current_account() WHERE r.id = p_rematch;
    PERFORM job_put_v1('rematch_run', jsonb_build_object('rematch_id', p_rematch));
    v_state := 'running';
  END IF;
  RETURN v_state;
END $$;

-- The next listed reports of a re-match that runs, each with the match that was listed; none left ends the run.
CREATE FUNCTION rematch_due_v1(p_rematch uuid, p_rows integer) RETURNS TABLE (report text, listed text) LANGUAGE plpgsql AS $$
DECLARE
  v_order rematch%ROWTYPE;
BEGIN
  SELECT * INTO v_order FROM rematch r WHERE r.id = p_rematch AND r.state = 'running' FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  IF NOT rematch_enter(v_order.run_by) THEN
    UPDATE rematch r SET state = 'refused' WHERE r.id = p_rematch;
    RETURN;
  END IF;
  RETURN QUERY SELECT j.report, w.result
  FROM (SELECT m.report_id, m.result FROM rematch_report m WHERE m.rematch_id = p_rematch AND m.state = 'listed'
    ORDER BY m.report_id LIMIT p_rows) w, rematch_report_json(ARRAY[w.report_id]) j;
  IF NOT FOUND THEN
    UPDATE rematch r SET state = 'done', done_at = clock_timestamp() WHERE r.id = p_rematch;
  END IF;
END $$;

-- Adds the listed matches: [{report, agrees, algorithm, judged_on, body}]. One that no longer agrees with its list, or
-- whose report got another match since, is left as it is and marked. The route stays that of the match before: a
-- re-match moves no case.
CREATE FUNCTION rematch_write_v1(p_rematch uuid, p_at timestamptz, p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_row record;
  v_match bigint;
BEGIN
  FOR v_row IN
    SELECT w.report, w.agrees, w.algorithm, w.judged_on, w.body, m.before_match, m.result, newest.id AS newest, newest.routing, cr.case_id
    FROM jsonb_to_recordset(p_rows) AS w (report uuid, agrees boolean, algorithm text, judged_on date, body text)
    JOIN rematch_report m ON m.rematch_id = p_rematch AND m.report_id = w.report AND m.state = 'listed'
    JOIN LATERAL (SELECT z.id, z.routing FROM zone_match z WHERE z.report_id = w.report ORDER BY z.id DESC LIMIT 1) newest ON true
    LEFT JOIN case_report cr ON cr.report_id = w.report
    ORDER BY cr.case_id, w.report
  LOOP
    IF NOT v_row.agrees OR v_row.newest <> v_row.before_match THEN
      UPDATE rematch_report m SET state = 'outdated' WHERE m.rematch_id = p_rematch AND m.report_id = v_row.report;
      CONTINUE;
    END IF;
    INSERT INTO zone_match (report_id, made_at, algorithm, judged_on, result, routing)
    VALUES (v_row.report, p_at, v_row.algorithm, v_row.judged_on, CAST(v_row.result AS json), v_row.routing)
    RETURNING id INTO v_match;
    IF v_row.case_id IS NOT NULL THEN
      PERFORM ledger_append_v1(v_row.case_id, 'report.rematched', v_row.body);
    END IF;
    UPDATE rematch_report m SET state = 'written', match_id = v_match
    WHERE m.rematch_id = p_rematch AND m.report_id = v_row.report;
  END LOOP;
END $$;
"""


def upgrade() -> None:
    run(TABLES)
    run(WITHDRAWING)
    run(STEPPING)
    run(REMATCHING)
    append_only(["zone_edit", "zone_edit_zone"])
    secure("zone_edit", read="may_see(organisation_id, account_id)")
    secure("zone_edit_zone", read="EXISTS (SELECT 1 FROM zone_edit e WHERE e.id = edit_id)")
    secure(
        "rematch",
        read="may_see(organisation_id, account_id)",
        insert="account_id = current_account() AND organisation_id = current_organisation()",
    )
    secure(
        "rematch_report",
        read="EXISTS (SELECT 1 FROM rematch m WHERE m.id = rematch_id)"
        " AND EXISTS (SELECT 1 FROM report r WHERE r.id = report_id)",
    )
    definer("zone_reports_v1", "geometry, date, double precision, double precision")
    definer("zone_step_v1", "jsonb, bigint[], jsonb")
    definer("rematch_start_v1", "uuid")
    run("REVOKE ALL ON FUNCTION rematch_enter(uuid), rematch_report_json(uuid[]) FROM PUBLIC")
    for name, arguments in FOR_THE_WORKER.items():
        definer(name, arguments)
        run(f"REVOKE EXECUTE ON FUNCTION {name}({arguments}) FROM {SERVER_ROLE}")
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")


def downgrade() -> None:
    for name, arguments in FOR_THE_WORKER.items():
        run(f"DROP FUNCTION {name}({arguments})")
    run("""
DROP FUNCTION rematch_start_v1(uuid);
DROP FUNCTION rematch_report_json(uuid[]);
DROP FUNCTION rematch_enter(uuid);
DROP FUNCTION zone_step_v1(jsonb, bigint[], jsonb);
DROP FUNCTION zone_reports_v1(geometry, date, double precision, double precision);
DROP TABLE rematch_report;
DROP TABLE rematch;
DROP TABLE zone_edit_zone;
DROP TABLE zone_edit;
""")
    run(AS_BEFORE)
