-- wait_briefly --
-- An edit waits this long for another edit of the same layer, so that waiting ones do not take all connections.
SELECT set_config('lock_timeout', '3s', true)

-- lock_layer --
-- One edit of a layer at a time: shapes are compared with their neighbours before they are written.
SELECT zone_layer_lock_v1(CAST(:kind AS text))

-- fetch_current --
-- The newest versions of some zones: those without an end, in order of their codes.
SELECT z.id, z.code, z.version, z.name, z.township_code, z.properties, z.sample, lower(z.valid) AS valid_from,
  encode(ST_AsBinary(z.geom), 'hex') AS wkb
FROM zone z
WHERE z.kind = CAST(:kind AS text) AND z.code = ANY (CAST(:codes AS text[])) AND upper_inf(z.valid)
ORDER BY z.code

-- fetch_others --
-- Zones of a kind, of the day a new shape begins or later, whose boxes meet those of the shapes or come so near.
SELECT DISTINCT ON (z.id) z.id, z.code, z.version, encode(ST_AsBinary(z.geom), 'hex') AS wkb
FROM unnest(CAST(:shapes AS text[])) AS s (wkb)
JOIN zone z ON z.geom && ST_Expand(ST_SetSRID(ST_GeomFromWKB(decode(s.wkb, 'hex')), 4326),
  CAST(:reach_deg AS double precision))
WHERE z.kind = CAST(:kind AS text) AND z.valid && daterange(CAST(:day AS date), NULL)
  AND NOT z.id = ANY (CAST(:closing AS bigint[]))
ORDER BY z.id

-- find_townships --
-- Those of some codes that are townships of this deployment.
SELECT o.code FROM organisation o WHERE o.kind = 'township' AND o.code = ANY (CAST(:codes AS text[]))

-- take_step --
-- The version step itself, judged and recorded by the database.
SELECT zone_step_v1(CAST(:edit AS jsonb), CAST(:close AS bigint[]), CAST(:open AS jsonb)) AS id

-- fetch_edit --
-- One edit, where the asker may see it.
SELECT e.id, e.action, e.kind, e.note, e.valid_from, e.rematch, e.undoes, e.account_name, e.made_at
FROM zone_edit e WHERE e.id = CAST(:edit_id AS uuid)

-- fetch_edit_zones --
-- The versions before and after an edit, in order of codes.
SELECT p.part, z.id, z.kind, z.code, z.version, z.name, z.township_code, z.properties, z.source, z.sample,
  lower(z.valid) AS valid_from, upper(z.valid) AS valid_to, ST_AsGeoJSON(z.geom, 15) AS geometry,
  encode(ST_AsBinary(z.geom), 'hex') AS wkb
FROM zone_edit_zone p JOIN zone z ON z.id = p.zone_id
WHERE p.edit_id = CAST(:edit_id AS uuid)
ORDER BY z.code, z.version

-- list_edits --
-- Edits the asker may see, newest first, of a kind or a code where one is named.
SELECT e.id, e.action, e.kind, e.note, e.valid_from, e.rematch, e.undoes, e.account_name, e.made_at,
  ARRAY(SELECT DISTINCT z.code FROM zone_edit_zone p JOIN zone z ON z.id = p.zone_id WHERE p.edit_id = e.id ORDER BY 1) AS zones
FROM zone_edit e
WHERE (CAST(:kind AS text) IS NULL OR e.kind = CAST(:kind AS text))
  AND (CAST(:code AS text) IS NULL OR EXISTS (
    SELECT 1 FROM zone_edit_zone p JOIN zone z ON z.id = p.zone_id WHERE p.edit_id = e.id AND z.code = CAST(:code AS text)))
  AND (CAST(:before_at AS timestamptz) IS NULL
    OR (e.made_at, e.id) < (CAST(:before_at AS timestamptz), CAST(:before_id AS uuid)))
ORDER BY e.made_at DESC, e.id DESC
LIMIT CAST(:rows AS integer)
