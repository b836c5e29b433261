"""What step 0028 says in SQL of reading tracks: every function that shows one notes the look in the same transaction."""

TRACKS = """
-- Fixes of an account by device and shift, by time, in arrays of the same length; times are POSIX seconds.
CREATE FUNCTION fixes_of_v1(p_account uuid, p_from timestamptz, p_to timestamptz)
RETURNS TABLE (device_id bigint, device_kind text, device_name text, shift_id uuid, at double precision[],
  lon double precision[], lat double precision[], accuracy_m real[], speed_mps real[], bearing_deg real[],
  altitude_m real[], mock boolean[], received double precision[], on_duty boolean[]) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT d.id, d.kind, d.name, f.shift_id,
    array_agg(date_part('epoch', f.recorded_at) ORDER BY f.recorded_at),
    array_agg(f.lon ORDER BY f.recorded_at),
    array_agg(f.lat ORDER BY f.recorded_at),
    array_agg(f.accuracy_m ORDER BY f.recorded_at),
    array_agg(f.speed_mps ORDER BY f.recorded_at),
    array_agg(f.bearing_deg ORDER BY f.recorded_at),
    array_agg(f.altitude_m ORDER BY f.recorded_at),
    array_agg(f.mock ORDER BY f.recorded_at),
    array_agg(date_part('epoch', f.received_at) ORDER BY f.recorded_at),
    array_agg(f.on_duty ORDER BY f.recorded_at)
  FROM device d JOIN position_fix f ON f.device_id = d.id
  WHERE d.account_id = p_account AND f.recorded_at >= p_from AND f.recorded_at < p_to
  GROUP BY d.id, d.kind, d.name, f.shift_id
  ORDER BY d.id, min(f.recorded_at);
END $$;
CREATE FUNCTION fixes_count_v1(p_account uuid, p_from timestamptz, p_to timestamptz, p_most integer)
RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT count(*) FROM (
    SELECT 1 FROM device d JOIN position_fix f ON f.device_id = d.id
    WHERE d.account_id = p_account AND f.recorded_at >= p_from AND f.recorded_at < p_to
    LIMIT p_most + 1) counted
$$;

-- What somebody did within a time, beside where they went, each list by time; what the asker may not see is not in it.
CREATE FUNCTION day_of_v1(p_account uuid, p_from timestamptz, p_to timestamptz) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object(
    'shifts', (
      SELECT jsonb_agg(jsonb_build_object('id', s.id, 'starts', s.started_at, 'ends', s.ended_at, 'ended_by', s.ended_by,
        'outside_roster', s.outside_roster) ORDER BY s.started_at)
      FROM shift s
      WHERE s.account_id = p_account AND s.started_at < p_to AND coalesce(s.ended_at, s.limit_at) >= p_from),
    'visits', (
      SELECT jsonb_agg(jsonb_build_object('kind', v.kind, 'from', v.from_at, 'to', v.to_at, 'certain', v.certain,
        'certain_m', v.certain_m, 'probable_m', v.probable_m, 'zone_kind', z.kind, 'zone_code', z.code,
        'zone_name', z.name) ORDER BY v.from_at, v.zone_id)
      FROM visit v JOIN zone z ON z.id = v.zone_id
      WHERE v.account_id = p_account AND v.from_at >= p_from AND v.from_at < p_to),
    'reports', (
      SELECT jsonb_agg(jsonb_build_object('id', r.id, 'at', r.captured_at, 'lon', ST_X(r.place), 'lat', ST_Y(r.place),
        'category', r.category,
        'case', (SELECT c.number FROM case_report k JOIN case_file c ON c.id = k.case_id
          WHERE k.report_id = r.id AND may_see(c.organisation_id, c.reporter_id) LIMIT 1),
        'photos', (SELECT coalesce(jsonb_agg(jsonb_build_object('sha256', p.sha256, 'role', p.role) ORDER BY p.ordinal), '[]')
          FROM report_photo p WHERE p.report_id = r.id)) ORDER BY r.captured_at, r.id)
      FROM report r
      WHERE r.officer_id = p_account AND r.captured_at >= p_from AND r.captured_at < p_to
        AND may_see(r.organisation_id, r.officer_id)),
    'sos', (
      SELECT jsonb_agg(jsonb_build_object('id', s.id, 'at', s.raised_at, 'lon', s.lon, 'lat', s.lat) ORDER BY s.raised_at, s.id)
      FROM sos s
      WHERE s.account_id = p_account AND s.raised_at >= p_from AND s.raised_at < p_to
        AND may_hear('alarm', s.organisation_id, s.account_id)),
    'assists', (
      SELECT jsonb_agg(jsonb_build_object('id', s.id, 'at', s.happened_at, 'lon', s.lon, 'lat', s.lat, 'what', s.what)
        ORDER BY s.happened_at, s.id)
      FROM assist s
      WHERE s.account_id = p_account AND s.happened_at >= p_from AND s.happened_at < p_to
        AND may_see(s.organisation_id, s.account_id)))
$$;

-- Whose tracks the account that asks may read: its own, and as dispatcher or zone manager those of its scope.
CREATE FUNCTION tracks_seen_v1(p_account uuid, p_organisation uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT p_account = current_account()
    OR (asks_as('dispatcher', 'zone_manager') AND may_see(p_organisation, p_account))
$$;

-- The track of somebody: first a row that says who it is, what they did and which days (UTC) are coarse, then one for each
-- device and shift, with fixes from p_around before to as long after. Nothing for whom the asker does not see. Another's is
-- noted; more fixes than p_most are counted only, and nothing is shown or noted.
CREATE FUNCTION track_read_v1(p_account uuid, p_from timestamptz, p_to timestamptz, p_around interval, p_most integer,
  p_why text, p_reason text, p_at timestamptz)
RETURNS TABLE (fixes bigint, display_name text, body_code text, body_name text, day jsonb, coarse date[],
  device_id bigint, device_kind text, device_name text, shift_id uuid, at double precision[], lon double precision[],
  lat double precision[], accuracy_m real[], speed_mps real[], bearing_deg real[], altitude_m real[], mock boolean[],
  received double precision[], on_duty boolean[]) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  SELECT a.display_name, o.code, o.body_name INTO display_name, body_code, body_name
  FROM account a JOIN organisation o ON o.id = a.organisation_id
  WHERE a.id = p_account AND tracks_seen_v1(a.id, a.organisation_id)
    AND (a.id = current_account() OR p_reason IS NOT NULL);
  IF NOT FOUND THEN
    RETURN;
  END IF;
  fixes := fixes_count_v1(p_account, p_from - p_around, p_to + p_around, p_most);
  IF fixes > p_most THEN
    RETURN NEXT;
    RETURN;
  END IF;
  PERFORM position_look_v1(ARRAY[p_account], p_why, p_reason, p_from, p_to, p_at);
  day := day_of_v1(p_account, p_from, p_to);
  coarse := ARRAY(SELECT d.day FROM track_day d
    WHERE d.day BETWEEN CAST(p_from AT TIME ZONE 'UTC' AS date) AND CAST(p_to AT TIME ZONE 'UTC' AS date)
      AND d.coarsened_at IS NOT NULL ORDER BY d.day);
  RETURN NEXT;
  RETURN QUERY SELECT NULL::bigint, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::date[], f.*
  FROM fixes_of_v1(p_account, p_from - p_around, p_to + p_around) f;
END $$;

-- Shifts begun within a time that the asker may read, of one account, of one body, or all; one of them by its id. With what
-- was seen in them, and their figures as the worker made them. Noted; more than p_most are counted only.
CREATE FUNCTION shift_summaries_v1(p_shift uuid, p_account uuid, p_body text, p_from timestamptz, p_to timestamptz,
  p_most integer, p_reason text, p_at timestamptz)
RETURNS TABLE (shifts bigint, id uuid, account_id uuid, username text, display_name text, body_code text, body_name text,
  team text, started_at timestamptz, ended_at timestamptz, limit_at timestamptz, ended_by text, outside_roster boolean,
  rostered_from timestamptz, rostered_to timestamptz, visits bigint, zones bigint, certain_m double precision,
  probable_m double precision, reports bigint, figures jsonb, worked_out_at timestamptz, final boolean, fresh boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  found uuid[];
BEGIN
  SELECT coalesce(array_agg(s.id), '{}'), count(*) INTO found, shifts FROM (
    SELECT s.id FROM shift s
    JOIN organisation o ON o.id = s.organisation_id
    WHERE (p_shift IS NULL OR s.id = p_shift) AND (p_account IS NULL OR s.account_id = p_account)
      AND (p_body IS NULL OR o.code = p_body)
      AND (p_shift IS NOT NULL OR (s.started_at >= p_from AND s.started_at < p_to))
      AND tracks_seen_v1(s.account_id, s.organisation_id)
      AND (s.account_id = current_account() OR p_reason IS NOT NULL)
    LIMIT p_most + 1) s;
  IF shifts > p_most THEN
    RETURN NEXT;
    RETURN;
  END IF;
  PERFORM position_look_v1(array_agg(s.account_id), 'shift_summary', p_reason, coalesce(p_from, min(s.started_at)),
    coalesce(p_to, max(coalesce(s.ended_at, s.limit_at))), p_at)
  FROM shift s WHERE s.id = ANY (found);
  RETURN QUERY
  SELECT shifts, s.id, s.account_id, a.username, a.display_name, o.code, o.body_name, t.name, s.started_at, s.ended_at,
    s.limit_at, s.ended_by, s.outside_roster, e.on_from, e.on_to, seen.visits, seen.zones, seen.certain_m, seen.probable_m,
    (SELECT count(*) FROM report r WHERE r.officer_id = s.account_id AND r.captured_at >= s.started_at
      AND r.captured_at <= coalesce(s.ended_at, s.limit_at)),
    g.figures, g.worked_out_at, coalesce(g.final, false),
    g.shift_id IS NOT NULL AND (g.final OR (p_shift IS NOT NULL AND NOT figures_stale_v1(s.id, g.worked_out_at)))
  FROM shift s
  JOIN account a ON a.id = s.account_id
  JOIN organisation o ON o.id = s.organisation_id
  LEFT JOIN team t ON t.id = s.team_id
  LEFT JOIN roster_entry e ON e.id = s.roster_entry_id
  LEFT JOIN shift_figures g ON g.shift_id = s.id
  CROSS JOIN LATERAL (
    SELECT CAST(coalesce(sum(z.visits), 0) AS bigint) AS visits, count(*) AS zones,
      coalesce(sum(z.certain_m), 0) AS certain_m, coalesce(sum(z.probable_m), 0) AS probable_m
    FROM (
      -- Metres of a front that was seen twice count once.
      SELECT count(*) AS visits, CAST(max(v.certain_m) AS double precision) AS certain_m,
        CAST(max(v.probable_m) AS double precision) AS probable_m
      FROM visit v
      WHERE v.account_id = s.account_id AND v.shift_id = s.id AND v.from_at >= s.started_at - interval '1 day'
        AND v.from_at <= coalesce(s.ended_at, s.limit_at) + interval '1 day'
      GROUP BY v.zone_id) z) seen
  WHERE s.id = ANY (found)
  ORDER BY s.started_at, s.id;
END $$;
-- Whether fixes of a shift came after its figures were worked out.
CREATE FUNCTION figures_stale_v1(p_shift uuid, p_worked_out timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT 1 FROM shift s
    JOIN device d ON d.account_id = s.account_id
    JOIN position_fix f ON f.device_id = d.id AND f.recorded_at >= s.started_at - interval '1 day'
      AND f.recorded_at <= coalesce(s.ended_at, s.limit_at) + interval '1 day'
    WHERE s.id = p_shift AND f.shift_id = s.id AND f.received_at > p_worked_out)
$$;

-- Fixes of a shift, as of a track, and the area it was to be walked in (metres). For the worker, for whose shift it is, and
-- for who was noted in this transaction to look at a summary of theirs.
CREATE FUNCTION shift_track_v1(p_shift uuid, p_around interval, p_most integer)
RETURNS TABLE (fixes bigint, area bytea, device_id bigint, device_kind text, device_name text, shift_id uuid,
  at double precision[], lon double precision[], lat double precision[], accuracy_m real[], speed_mps real[],
  bearing_deg real[], altitude_m real[], mock boolean[], received double precision[], on_duty boolean[])
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  of_shift record;
BEGIN
  SELECT s.account_id, s.started_at - p_around AS starts, coalesce(s.ended_at, s.limit_at) + p_around AS ends,
    ST_AsBinary(a.geom_m) AS area INTO of_shift
  FROM shift s
  LEFT JOIN roster_entry e ON e.id = s.roster_entry_id
  LEFT JOIN duty_area a ON a.id = e.duty_area_id
  WHERE s.id = p_shift AND (session_user = 'frontage_worker' OR s.account_id = current_account()
    OR EXISTS (SELECT 1 FROM position_look l
      WHERE l.account_id = s.account_id AND l.looked_by = current_account() AND l.why = 'shift_summary'
        AND l.xmin = CAST(pg_current_xact_id() AS xid)));
  IF NOT FOUND THEN
    RETURN;
  END IF;
  fixes := fixes_count_v1(of_shift.account_id, of_shift.starts, of_shift.ends, p_most);
  area := of_shift.area;
  RETURN NEXT;
  IF fixes <= p_most THEN
    RETURN QUERY SELECT NULL::bigint, NULL::bytea, f.* FROM fixes_of_v1(of_shift.account_id, of_shift.starts, of_shift.ends) f;
  END IF;
END $$;
-- Shifts that are over and whose figures are missing or older than their fixes, the oldest first.
CREATE FUNCTION figures_due_v1(p_since timestamptz, p_until timestamptz, p_rows integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT s.id FROM shift s LEFT JOIN shift_figures g ON g.shift_id = s.id
  WHERE s.started_at > p_since AND coalesce(s.ended_at, s.limit_at) < p_until
    AND (g.shift_id IS NULL OR (NOT g.final AND figures_stale_v1(s.id, g.worked_out_at)))
  ORDER BY s.started_at
  LIMIT p_rows;
END $$;
-- Shifts that touch a day (UTC), or of which fixes lie among the odd times (null), whose figures are not final.
CREATE FUNCTION figures_open_v1(p_day date) RETURNS SETOF uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT s.id FROM shift s LEFT JOIN shift_figures g ON g.shift_id = s.id
  WHERE NOT coalesce(g.final, false) AND CASE
    WHEN p_day IS NULL THEN s.id IN (SELECT f.shift_id FROM position_fix_odd f)
    ELSE s.started_at < CAST(p_day + 1 AS timestamp) AT TIME ZONE 'UTC' + interval '1 hour'
      AND coalesce(s.ended_at, s.limit_at) >= CAST(p_day AS timestamp) AT TIME ZONE 'UTC' - interval '1 hour' END
  ORDER BY s.started_at;
END $$;
-- Keeps the figures of a shift; final ones stay.
CREATE FUNCTION figures_put_v1(p_shift uuid, p_figures jsonb, p_at timestamptz, p_final boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO shift_figures AS g (shift_id, figures, worked_out_at, final) VALUES (p_shift, p_figures, p_at, p_final)
  ON CONFLICT (shift_id) DO UPDATE SET figures = EXCLUDED.figures, worked_out_at = EXCLUDED.worked_out_at,
    final = EXCLUDED.final
  WHERE NOT g.final;
END $$;
"""
