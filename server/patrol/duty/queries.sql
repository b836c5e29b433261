-- start_shift --
-- Begin a shift of who asks, or say why not.
SELECT s.outcome, CAST(s.shift_id AS text) AS shift_id
FROM shift_start_v1(CAST(:shift AS uuid), CAST(:started_at AS timestamptz), CAST(:claimed AS boolean),
  CAST(:received_at AS timestamptz), CAST(:day AS date), CAST(:limits AS jsonb), CAST(:spot AS jsonb)) s

-- end_shift --
-- End a shift, or say why not.
SELECT s.outcome, CAST(s.shift_id AS text) AS shift_id
FROM shift_end_v1(CAST(:shift AS uuid), CAST(:ended_at AS timestamptz), CAST(:claimed AS boolean),
  CAST(:received_at AS timestamptz)) s

-- fetch_own_shift --
-- The asker's shift that goes on at a moment.
SELECT CAST(d.shift_id AS text) AS shift_id
FROM on_duty_v1(CAST(:at AS timestamptz)) d WHERE d.account_id = current_account()

-- fetch_own_turn --
-- The asker's turn on the roster that goes on at a moment, or the next one.
SELECT e.id AS roster_entry_id, e.on_from, e.on_to, a.code AS area, a.name AS area_name
FROM roster_entry e LEFT JOIN duty_area a ON a.id = e.duty_area_id
WHERE e.account_id = current_account() AND e.replaced_by IS NULL AND e.on_to > CAST(:at AS timestamptz)
ORDER BY e.on_from LIMIT 1

-- put_visit_mark --
-- Keep that a place was inspected or served; says what came of it.
SELECT visit_mark_put_v1(CAST(:mark AS uuid), CAST(:said AS jsonb), CAST(:received_at AS timestamptz), CAST(:day AS date))

-- fetch_visit_mark --
-- A mark of the asker's own.
SELECT CAST(m.id AS text) AS id, z.kind AS zone_kind, z.code AS zone, m.kind, m.at, m.note,
  m.law_card_set_id, m.law_card,
  CAST(m.shift_id AS text) AS shift, m.received_at
FROM visit_mark m JOIN zone z ON z.id = m.zone_id WHERE m.id = CAST(:mark AS uuid)

-- fetch_roster_known --
-- What a roster of a body may name; null when the asker keeps no such roster.
SELECT CAST(roster_known_v1(CAST(:body AS text), CAST(:first AS date), CAST(:names AS jsonb)) AS text)

-- put_roster --
-- Keep a roster that was checked, in place of what was listed for its days.
SELECT r.id, r.made, r.replaced
FROM roster_put_v1(CAST(:organisation AS uuid), CAST(:said AS jsonb), CAST(:at AS timestamptz)) r

-- list_roster --
-- Turns on the roster in force that touch a period, the earliest first.
SELECT e.id, CAST(e.account_id AS text) AS account, n.username, n.display_name AS name, o.code AS body, e.on_from, e.on_to,
  e.team_id, t.name AS team, a.code AS area, a.name AS area_name, r.sample
FROM roster_entry e
JOIN roster r ON r.id = e.roster_id
JOIN organisation o ON o.id = e.organisation_id
JOIN duty_people_v1() n ON n.account_id = e.account_id
LEFT JOIN team t ON t.id = e.team_id
LEFT JOIN duty_area a ON a.id = e.duty_area_id
WHERE e.replaced_by IS NULL AND e.on_to > CAST(:from_at AS timestamptz)
  AND e.on_from < coalesce(CAST(:to_at AS timestamptz), CAST(:from_at AS timestamptz) + interval '7 days')
  AND (CAST(:body AS text) IS NULL OR o.code = CAST(:body AS text))
  AND (CAST(:after_at AS timestamptz) IS NULL OR (e.on_from, e.id) > (CAST(:after_at AS timestamptz), CAST(:after_id AS bigint)))
ORDER BY e.on_from, e.id
LIMIT CAST(:rows AS integer)

-- list_duty_teams --
-- Teams with who is in them on a day.
SELECT t.id, t.name, o.code AS body, t.sample,
  CAST(coalesce((SELECT json_agg(json_build_object('account', n.account_id, 'username', n.username, 'name', n.display_name)
      ORDER BY n.username)
    FROM team_member m JOIN duty_people_v1() n ON n.account_id = m.account_id
    WHERE m.team_id = t.id AND m.valid @> CAST(:day AS date)), '[]') AS text) AS members
FROM team t JOIN organisation o ON o.id = t.organisation_id
WHERE CAST(:after AS bigint) IS NULL OR t.id > CAST(:after AS bigint)
ORDER BY t.id
LIMIT CAST(:rows AS integer)

-- list_duty_areas --
-- Areas of duty in force.
SELECT d.id, d.code, d.name, o.code AS body, d.made_at, ST_AsGeoJSON(d.geom, 8) AS geometry
FROM duty_area d JOIN organisation o ON o.id = d.organisation_id
WHERE d.replaced_at IS NULL AND (CAST(:after AS bigint) IS NULL OR d.id > CAST(:after AS bigint))
ORDER BY d.id
LIMIT CAST(:rows AS integer)
