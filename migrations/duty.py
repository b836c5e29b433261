"""SQL of duty that is long: rosters from files, and officers who could go, as they were before and after duty was known."""

ROSTERS = """
-- Whether whoever asks keeps the roster of a body: its admins, dispatchers and zone managers, those of the district, and
-- the owner at the command line.
CREATE FUNCTION keeps_roster_v1(p_organisation uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF current_account() IS NULL THEN
    RETURN session_user NOT IN ('frontage_app', 'frontage_worker');
  END IF;
  -- may_see is null, not false, where nobody's account is asked about.
  RETURN coalesce(asks_as('dispatcher', 'zone_manager', 'admin') AND may_see(p_organisation, NULL), false);
END $$;

-- Whether a street of a township is one a body means by its name: a township its own, the district any.
CREATE FUNCTION duty_street_of(p_township text, p_organisation uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT o.kind = 'district' OR p_township IS NULL OR o.code = p_township FROM organisation o WHERE o.id = p_organisation
$$;

-- What a roster of a body (null: the asker's own) may name, as of a day; null when the asker keeps no such roster.
-- p_names: officers, zones (kind, code), streets; starts, ends: the moments its days begin and end. Answers those that are
-- there, and as `kept` when its officers are listed already outside those days.
CREATE FUNCTION roster_known_v1(p_body text, p_on date, p_names jsonb) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
  body record;
BEGIN
  SELECT o.id, o.code, o.body_name INTO body FROM organisation o
  WHERE CASE WHEN p_body IS NOT NULL THEN o.code = p_body
    WHEN current_account() IS NULL THEN o.kind = 'district' ELSE o.id = current_organisation() END;
  IF NOT FOUND OR NOT keeps_roster_v1(body.id) THEN
    RETURN NULL;
  END IF;
  RETURN json_build_object('id', body.id, 'code', body.code,
    'officers', (SELECT json_object_agg(a.username, a.id) FROM account a
      WHERE a.organisation_id = body.id AND a.disabled_at IS NULL AND a.role IN ('officer', 'handler', 'checker')
        AND a.username IN (SELECT jsonb_array_elements_text(p_names -> 'officers'))),
    'zones', (SELECT json_agg(json_build_array(z.kind, z.code)) FROM zone z
      JOIN jsonb_to_recordset(p_names -> 'zones') AS n (kind text, code text) ON z.kind = n.kind AND z.code = n.code
      WHERE z.valid @> p_on),
    'streets', (SELECT json_agg(DISTINCT s.name) FROM street s
      WHERE s.valid @> p_on AND s.name IN (SELECT jsonb_array_elements_text(p_names -> 'streets'))
        AND duty_street_of(s.township_code, body.id)),
    'teams', (SELECT json_agg(t.name) FROM team t WHERE t.organisation_id = body.id),
    'areas', (SELECT json_agg(d.code) FROM duty_area d WHERE d.organisation_id = body.id AND d.replaced_at IS NULL),
    'kept', (SELECT json_agg(json_build_array(a.username, e.on_from, e.on_to)) FROM roster_entry e
      JOIN account a ON a.id = e.account_id
      WHERE e.replaced_by IS NULL AND a.username IN (SELECT jsonb_array_elements_text(p_names -> 'officers'))
        AND e.on_to > CAST(p_names ->> 'starts' AS timestamptz)
        AND e.on_from < CAST(p_names ->> 'ends' AS timestamptz) + interval '1 day'
        AND NOT (e.organisation_id = body.id AND e.on_from >= CAST(p_names ->> 'starts' AS timestamptz)
          AND e.on_from < CAST(p_names ->> 'ends' AS timestamptz))));
END $$;

-- The ground of an area of a body on a day: a polygon as it was drawn, zones together, or streets with their sides. Several
-- townships may have a street of one name: a township means its own.
CREATE FUNCTION duty_ground(p_made_of jsonb, p_on date, p_organisation uuid) RETURNS geometry LANGUAGE sql STABLE AS $$
  SELECT ST_Multi(CASE
    WHEN p_made_of ? 'polygon' THEN ST_SetSRID(ST_GeomFromGeoJSON(p_made_of ->> 'polygon'), 4326)
    WHEN p_made_of ? 'streets' THEN (
      SELECT ST_Transform(ST_Union(ST_Buffer(s.geom_m, CAST(p_made_of ->> 'side_m' AS double precision))), 4326)
      FROM street s WHERE s.valid @> p_on AND s.name IN (SELECT jsonb_array_elements_text(p_made_of -> 'streets'))
        AND duty_street_of(s.township_code, p_organisation))
    ELSE (
      SELECT ST_CollectionExtract(ST_Union(z.geom), 3) FROM zone z
      JOIN jsonb_array_elements_text(p_made_of -> 'codes') AS n (code) ON z.code = n.code
      WHERE z.kind = p_made_of ->> 'zone_kind' AND z.valid @> p_on)
  END)
$$;

-- Keeps a roster that was checked, in place of what was listed for its days; says its id, and whether it is new.
-- p_said: name, source, sample, digest, first, last (days), starts, ends (the moments these days begin and end),
-- areas (code, name, made_of), teams (name, members), entries (officer, on_from, on_to, team, area).
CREATE FUNCTION roster_put_v1(p_organisation uuid, p_said jsonb, p_at timestamptz)
RETURNS TABLE (id bigint, made boolean, replaced integer) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_first date := CAST(p_said ->> 'first' AS date);
  v_days daterange := daterange(v_first, CAST(p_said ->> 'last' AS date), '[]');
  v_roster bigint;
  v_replaced integer;
BEGIN
  IF NOT keeps_roster_v1(p_organisation) THEN
    RAISE EXCEPTION 'a roster is kept by its body' USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'roster_keeper';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('roster_put_v1'), hashtext(p_organisation::text));
  -- The same again, with nothing since that touched its days, is the same.
  SELECT r.id INTO v_roster FROM roster r
  WHERE r.organisation_id = p_organisation AND r.days && v_days ORDER BY r.id DESC LIMIT 1;
  IF EXISTS (SELECT 1 FROM roster r WHERE r.id = v_roster AND r.digest = p_said ->> 'digest') THEN
    RETURN QUERY SELECT v_roster, false, 0;
    RETURN;
  END IF;
  INSERT INTO roster (organisation_id, name, source, sample, digest, days, made_at, made_by)
  VALUES (p_organisation, p_said ->> 'name', p_said ->> 'source', CAST(p_said ->> 'sample' AS boolean),
    p_said ->> 'digest', v_days, p_at, current_account())
  RETURNING roster.id INTO v_roster;
  PERFORM duty_areas_put(p_organisation, p_said -> 'areas', v_first, p_at);
  PERFORM teams_put(p_organisation, p_said, v_first);
  UPDATE roster_entry e SET replaced_by = v_roster
  WHERE e.organisation_id = p_organisation AND e.replaced_by IS NULL
    AND e.on_from >= CAST(p_said ->> 'starts' AS timestamptz) AND e.on_from < CAST(p_said ->> 'ends' AS timestamptz);
  GET DIAGNOSTICS v_replaced = ROW_COUNT;
  INSERT INTO roster_entry (roster_id, organisation_id, account_id, team_id, duty_area_id, on_from, on_to)
  SELECT v_roster, p_organisation, a.id,
    (SELECT t.id FROM team t WHERE t.organisation_id = p_organisation AND t.name = n.team),
    (SELECT d.id FROM duty_area d WHERE d.organisation_id = p_organisation AND d.code = n.area AND d.replaced_at IS NULL),
    n.on_from, n.on_to
  FROM jsonb_to_recordset(p_said -> 'entries')
    AS n (officer text, on_from timestamptz, on_to timestamptz, team text, area text)
  JOIN account a ON a.username = n.officer;
  RETURN QUERY SELECT v_roster, true, v_replaced;
END $$;

-- Areas that a file describes otherwise than before take the place of those of their codes.
CREATE FUNCTION duty_areas_put(p_organisation uuid, p_areas jsonb, p_on date, p_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE duty_area d SET replaced_at = p_at
  FROM jsonb_to_recordset(p_areas) AS n (code text, name text, made_of jsonb)
  WHERE d.organisation_id = p_organisation AND d.code = n.code AND d.replaced_at IS NULL
    AND (d.name, d.made_of) IS DISTINCT FROM (n.name, n.made_of);
  INSERT INTO duty_area (organisation_id, code, name, made_of, geom, made_at)
  SELECT p_organisation, n.code, n.name, n.made_of, duty_ground(n.made_of, p_on, p_organisation), p_at
  FROM jsonb_to_recordset(p_areas) AS n (code text, name text, made_of jsonb)
  WHERE NOT EXISTS (SELECT 1 FROM duty_area d
    WHERE d.organisation_id = p_organisation AND d.code = n.code AND d.replaced_at IS NULL);
END $$;

-- The teams of a file with their members, by id; a team without any has one row without an account.
CREATE FUNCTION teams_told(p_organisation uuid, p_said jsonb) RETURNS TABLE (team_id bigint, account_id uuid)
LANGUAGE sql STABLE AS $$
  SELECT t.id, a.id
  FROM jsonb_to_recordset(p_said -> 'teams') AS n (name text, members jsonb)
  JOIN team t ON t.organisation_id = p_organisation AND t.name = n.name
  LEFT JOIN account a ON a.username IN (SELECT jsonb_array_elements_text(n.members))
$$;

-- Teams with those who are in them from a day on; a team the file does not name stays as it is.
CREATE FUNCTION teams_put(p_organisation uuid, p_said jsonb, p_on date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO team (organisation_id, name, sample)
  SELECT p_organisation, n.name, CAST(p_said ->> 'sample' AS boolean)
  FROM jsonb_to_recordset(p_said -> 'teams') AS n (name text, members jsonb)
  ON CONFLICT ON CONSTRAINT team_organisation_id_name_key DO NOTHING;
  DELETE FROM team_member m USING teams_told(p_organisation, p_said) t
  WHERE m.team_id = t.team_id AND lower(m.valid) >= p_on;
  UPDATE team_member m SET valid = daterange(lower(m.valid),
    CASE WHEN EXISTS (SELECT 1 FROM teams_told(p_organisation, p_said) t
      WHERE t.team_id = m.team_id AND t.account_id = m.account_id) THEN NULL ELSE p_on END)
  WHERE m.team_id IN (SELECT t.team_id FROM teams_told(p_organisation, p_said) t) AND m.valid @> p_on;
  INSERT INTO team_member (team_id, account_id, valid)
  SELECT DISTINCT t.team_id, t.account_id, daterange(p_on, NULL) FROM teams_told(p_organisation, p_said) t
  WHERE t.account_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM team_member m
    WHERE m.team_id = t.team_id AND m.account_id = t.account_id AND m.valid @> p_on);
END $$;
"""

OFFICERS = """
-- Officers who could go to a case, cheapest first, each cost in metres of way. Where somebody was is shown to a
-- dispatcher only, of people of their own scope, and every position shown is noted with the case it was shown for.
-- A position of the phone counts while its officer is on duty, and only when it is newer than the last report.
CREATE FUNCTION officers_for_case_v1(p_case uuid, p_at timestamptz, p_fix_since timestamptz, p_ends text[],
  p_weights jsonb, p_rows integer)
RETURNS TABLE (account_id uuid, username text, display_name text, role text, body_code text, body_name text,
  area text, lon double precision, lat double precision, fixed_at timestamptz, distance_m double precision,
  open_cases bigint, cost_m double precision, on_duty text) LANGUAGE plpgsql AS $$
DECLARE
  of_case record;
BEGIN
  SELECT c.id, to_metric(c.place) AS here, c.township_code INTO of_case FROM case_file c
  WHERE c.id = p_case AND asks_as('dispatcher') AND may_see(c.organisation_id, c.reporter_id);
  IF NOT FOUND THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH officer AS (
    SELECT a.id, a.username, a.display_name, a.role, o.code, o.body_name,
      CASE WHEN o.kind = 'district' THEN 'district' WHEN o.code = of_case.township_code THEN 'own' ELSE 'other' END AS area,
      fix.place, fix.at, ST_Distance(to_metric(fix.place), of_case.here) AS apart_m,
      (SELECT count(*) FROM case_file w WHERE w.handler_id = a.id AND w.state <> ALL (p_ends)) AS busy,
      CASE WHEN duty.shift_id IS NOT NULL THEN 'yes'
        WHEN EXISTS (SELECT 1 FROM shift s WHERE s.account_id = a.id AND s.started_at <= p_at) THEN 'no'
        ELSE 'unknown' END AS duty
    FROM account a
    JOIN organisation o ON o.id = a.organisation_id
    LEFT JOIN on_duty_v1(p_at) duty ON duty.account_id = a.id
    LEFT JOIN LATERAL (
      SELECT newest.place, newest.at FROM (
        (SELECT r.place, r.captured_at AS at FROM report r
         WHERE r.officer_id = a.id AND r.captured_at > p_fix_since AND r.captured_at <= p_at
         ORDER BY r.captured_at DESC LIMIT 1)
        UNION ALL
        SELECT ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326), p.recorded_at FROM officer_position p
        WHERE p.account_id = a.id AND duty.shift_id IS NOT NULL AND p.recorded_at > p_fix_since AND p.recorded_at <= p_at
      ) newest ORDER BY newest.at DESC LIMIT 1) fix ON true
    WHERE a.role IN ('officer', 'handler') AND a.disabled_at IS NULL AND may_see(a.organisation_id, a.id)
  ), priced AS (
    SELECT officer.*,
      coalesce(
        officer.apart_m
          + extract(epoch FROM p_at - officer.at) / 3600 * CAST(p_weights ->> 'age_m_per_h' AS double precision),
        CAST(p_weights ->> 'unknown_m' AS double precision))
      + officer.busy * CAST(p_weights ->> 'case_m' AS double precision)
      + CASE officer.area WHEN 'other' THEN CAST(p_weights ->> 'other_area_m' AS double precision) ELSE 0 END
      -- A server that has not been replaced yet names no such weight.
      + CASE officer.duty WHEN 'no' THEN coalesce(CAST(p_weights ->> 'off_duty_m' AS double precision), 0) ELSE 0 END
      AS cost
    FROM officer
    ORDER BY cost, officer.username
    LIMIT p_rows
  ), looked AS (
    INSERT INTO position_look (looked_by, account_id, case_id, why, looked_at)
    SELECT current_account(), priced.id, p_case, 'case_suggestion', p_at FROM priced WHERE priced.place IS NOT NULL
  )
  SELECT p.id, p.username, p.display_name, p.role, p.code, p.body_name, p.area, ST_X(p.place), ST_Y(p.place),
    p.at, p.apart_m, p.busy, p.cost, p.duty
  FROM priced p ORDER BY p.cost, p.username;
END $$;
"""

OFFICERS_BEFORE = """
-- Officers who could go to a case, cheapest first, each cost in metres of way. Where somebody was is shown to a
-- dispatcher only, of people of their own scope, and every position shown is noted with the case it was shown for.
CREATE FUNCTION officers_for_case_v1(p_case uuid, p_at timestamptz, p_fix_since timestamptz, p_ends text[],
  p_weights jsonb, p_rows integer)
RETURNS TABLE (account_id uuid, username text, display_name text, role text, body_code text, body_name text,
  area text, lon double precision, lat double precision, fixed_at timestamptz, distance_m double precision,
  open_cases bigint, cost_m double precision) LANGUAGE plpgsql AS $$
DECLARE
  of_case record;
BEGIN
  SELECT c.id, to_metric(c.place) AS here, c.township_code INTO of_case FROM case_file c
  WHERE c.id = p_case AND asks_as('dispatcher') AND may_see(c.organisation_id, c.reporter_id);
  IF NOT FOUND THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH officer AS (
    SELECT a.id, a.username, a.display_name, a.role, o.code, o.body_name,
      CASE WHEN o.kind = 'district' THEN 'district' WHEN o.code = of_case.township_code THEN 'own' ELSE 'other' END AS area,
      fix.place, fix.captured_at, ST_Distance(to_metric(fix.place), of_case.here) AS apart_m,
      (SELECT count(*) FROM case_file w WHERE w.handler_id = a.id AND w.state <> ALL (p_ends)) AS busy
    FROM account a
    JOIN organisation o ON o.id = a.organisation_id
    LEFT JOIN LATERAL (
      SELECT r.place, r.captured_at FROM report r
      WHERE r.officer_id = a.id AND r.captured_at > p_fix_since AND r.captured_at <= p_at
      ORDER BY r.captured_at DESC LIMIT 1) fix ON true
    WHERE a.role IN ('officer', 'handler') AND a.disabled_at IS NULL AND may_see(a.organisation_id, a.id)
  ), priced AS (
    SELECT officer.*,
      coalesce(
        officer.apart_m
          + extract(epoch FROM p_at - officer.captured_at) / 3600 * CAST(p_weights ->> 'age_m_per_h' AS double precision),
        CAST(p_weights ->> 'unknown_m' AS double precision))
      + officer.busy * CAST(p_weights ->> 'case_m' AS double precision)
      + CASE officer.area WHEN 'other' THEN CAST(p_weights ->> 'other_area_m' AS double precision) ELSE 0 END AS cost
    FROM officer
    ORDER BY cost, officer.username
    LIMIT p_rows
  ), looked AS (
    INSERT INTO position_look (looked_by, account_id, case_id, why, looked_at)
    SELECT current_account(), priced.id, p_case, 'case_suggestion', p_at FROM priced WHERE priced.place IS NOT NULL
  )
  SELECT p.id, p.username, p.display_name, p.role, p.code, p.body_name, p.area, ST_X(p.place), ST_Y(p.place),
    p.captured_at, p.apart_m, p.busy, p.cost
  FROM priced p ORDER BY p.cost, p.username;
END $$;
"""
