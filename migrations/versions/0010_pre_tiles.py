"""Tiles: zones in web mercator, keys that find points under row-level security, and counts for low zooms."""

from migrations.sql import SERVER_ROLE, definer, run, secure

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    _columns()
    _tables()
    _zones_counted()
    _work_counted()
    run("SELECT tile_recount()")


def _columns() -> None:
    run("""
-- Web mercator ends near 85 degrees; what reaches farther is on no tile. 3857 is the plane of every base map.
CREATE FUNCTION to_web_mercator(geom geometry) RETURNS geometry LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN public.ST_YMin(geom) >= -85.06 AND public.ST_YMax(geom) <= 85.06
     THEN public.ST_Transform(geom, 3857) END $$;

-- The tile of zoom 24 a point lies in, bits of x and y interleaved: every tile of every zoom is one range of it.
-- geo/tile.py says the same in Python. bigint compares leakproof, so that a policy cannot keep its index from use.
CREATE FUNCTION tile_key(place geometry) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  lat double precision := radians(greatest(-85.0511287798066, least(85.0511287798066, public.ST_Y(place))));
  x bigint := greatest(0, least(16777215, floor((public.ST_X(place) + 180) / 360 * 16777216)));
  y bigint := greatest(0, least(16777215, floor((1 - ln(tan(pi() / 4 + lat / 2)) / pi()) / 2 * 16777216)));
BEGIN
  x := (x | (x << 16)) & 281470681808895;
  x := (x | (x << 8)) & 71777214294589695;
  x := (x | (x << 4)) & 1085102592571150095;
  x := (x | (x << 2)) & 3689348814741910323;
  x := (x | (x << 1)) & 6148914691236517205;
  y := (y | (y << 16)) & 281470681808895;
  y := (y | (y << 8)) & 71777214294589695;
  y := (y | (y << 4)) & 1085102592571150095;
  y := (y | (y << 2)) & 3689348814741910323;
  y := (y | (y << 1)) & 6148914691236517205;
  RETURN x | (y << 1);
END $$;
-- Every second bit of the lowest twelve: where a cell lies within its tile.
CREATE FUNCTION tile_key_column(key bigint) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ((key & 1) | ((key >> 1) & 2) | ((key >> 2) & 4) | ((key >> 3) & 8) | ((key >> 4) & 16)
     | ((key >> 5) & 32))::integer $$;

ALTER TABLE zone ADD COLUMN geom_3857 geometry(Geometry, 3857) GENERATED ALWAYS AS (to_web_mercator(geom)) STORED;
CREATE INDEX zone_geom_3857 ON zone USING gist (geom_3857);
ALTER TABLE report ADD COLUMN tile_key bigint GENERATED ALWAYS AS (tile_key(place)) STORED;
CREATE INDEX report_tile_key ON report (tile_key);
ALTER TABLE case_file ADD COLUMN tile_key bigint GENERATED ALWAYS AS (tile_key(place)) STORED;
CREATE INDEX case_file_tile_key ON case_file (tile_key);
""")


def _tables() -> None:
    run(f"""
CREATE TABLE zone_cell (
  kind text NOT NULL,
  cell bigint NOT NULL,
  day date NOT NULL,
  change integer NOT NULL,
  CONSTRAINT zone_cell_pkey PRIMARY KEY (kind, cell, day)
);
COMMENT ON TABLE zone_cell IS
  'by how many zones a cell of 150 m (tile of zoom 18) gains or loses on a day: the sum up to a day is the map of that day';
CREATE TABLE tile_layer (
  layer text CONSTRAINT tile_layer_pkey PRIMARY KEY,
  version bigint NOT NULL
);
COMMENT ON COLUMN tile_layer.version IS 'grows with every statement that changes the layer';
CREATE TABLE work_cell (
  layer text NOT NULL CONSTRAINT work_cell_layer_known CHECK (layer IN ('reports', 'cases')),
  cell bigint NOT NULL,
  organisation_id uuid NOT NULL,
  account_id uuid NOT NULL,
  things integer NOT NULL,
  CONSTRAINT work_cell_pkey PRIMARY KEY (layer, cell, organisation_id, account_id)
);
COMMENT ON TABLE work_cell IS 'reports and cases in a cell of 150 m, by whom they are seen: under the rule of their lists';
GRANT SELECT ON zone_cell, tile_layer TO {SERVER_ROLE};
""")
    secure("work_cell", read="may_see(organisation_id, account_id)")


def _zones_counted() -> None:
    run("""
CREATE FUNCTION zone_cell_changes(p_kind text, p_geom geometry, p_valid daterange, p_sign integer)
RETURNS TABLE (kind text, cell bigint, day date, change integer) LANGUAGE sql IMMUTABLE AS $$
  SELECT p_kind, tile_key(ST_Centroid(p_geom)) >> 12, d.day, d.change * p_sign
  FROM (VALUES (lower(p_valid), 1), (upper(p_valid), -1)) AS d (day, change)
  WHERE d.day IS NOT NULL
$$;

-- In the order of the key, so that two who count the same cells never wait for each other crosswise.
CREATE FUNCTION zone_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  kinds text[];
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO zone_cell AS c (kind, cell, day, change)
    SELECT d.kind, d.cell, d.day, sum(d.change)
    FROM added z CROSS JOIN LATERAL zone_cell_changes(z.kind, z.geom, z.valid, 1) d
    GROUP BY d.kind, d.cell, d.day ORDER BY d.kind, d.cell, d.day
    ON CONFLICT ON CONSTRAINT zone_cell_pkey DO UPDATE SET change = c.change + EXCLUDED.change;
    kinds := ARRAY(SELECT DISTINCT z.kind FROM added z ORDER BY 1);
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO zone_cell AS c (kind, cell, day, change)
    SELECT d.kind, d.cell, d.day, sum(d.change)
    FROM (
      SELECT n.kind, n.geom, n.valid, 1 AS sign FROM added n
      UNION ALL SELECT o.kind, o.geom, o.valid, -1 FROM removed o) z
    CROSS JOIN LATERAL zone_cell_changes(z.kind, z.geom, z.valid, z.sign) d
    GROUP BY d.kind, d.cell, d.day HAVING sum(d.change) <> 0 ORDER BY d.kind, d.cell, d.day
    ON CONFLICT ON CONSTRAINT zone_cell_pkey DO UPDATE SET change = c.change + EXCLUDED.change;
    kinds := ARRAY(SELECT DISTINCT z.kind FROM added z ORDER BY 1);
  ELSE
    INSERT INTO zone_cell AS c (kind, cell, day, change)
    SELECT d.kind, d.cell, d.day, sum(d.change)
    FROM removed z CROSS JOIN LATERAL zone_cell_changes(z.kind, z.geom, z.valid, -1) d
    GROUP BY d.kind, d.cell, d.day HAVING sum(d.change) <> 0 ORDER BY d.kind, d.cell, d.day
    ON CONFLICT ON CONSTRAINT zone_cell_pkey DO UPDATE SET change = c.change + EXCLUDED.change;
    kinds := ARRAY(SELECT DISTINCT z.kind FROM removed z ORDER BY 1);
  END IF;
  INSERT INTO tile_layer AS l (layer, version)
  SELECT k.kind, 1 FROM unnest(kinds) AS k (kind)
  ON CONFLICT ON CONSTRAINT tile_layer_pkey DO UPDATE SET version = l.version + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER zone_counted_in AFTER INSERT ON zone REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION zone_counted();
CREATE TRIGGER zone_counted_anew AFTER UPDATE ON zone REFERENCING OLD TABLE AS removed NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION zone_counted();
CREATE TRIGGER zone_counted_out AFTER DELETE ON zone REFERENCING OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION zone_counted();

-- Everything counted afresh, for the rows of before and whenever triggers were off.
CREATE FUNCTION tile_recount() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  LOCK TABLE zone, report, case_file IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM zone_cell;
  INSERT INTO zone_cell (kind, cell, day, change)
  SELECT d.kind, d.cell, d.day, sum(d.change)
  FROM zone z CROSS JOIN LATERAL zone_cell_changes(z.kind, z.geom, z.valid, 1) d
  GROUP BY d.kind, d.cell, d.day HAVING sum(d.change) <> 0;
  DELETE FROM work_cell;
  INSERT INTO work_cell (layer, cell, organisation_id, account_id, things)
  SELECT 'reports', r.tile_key >> 12, r.organisation_id, r.officer_id, count(*) FROM report r GROUP BY 2, 3, 4
  UNION ALL
  SELECT 'cases', c.tile_key >> 12, c.organisation_id, c.reporter_id, count(*) FROM case_file c GROUP BY 2, 3, 4;
  INSERT INTO tile_layer AS l (layer, version) SELECT DISTINCT z.kind, 1 FROM zone z ORDER BY 1
  ON CONFLICT ON CONSTRAINT tile_layer_pkey DO UPDATE SET version = l.version + 1;
END $$;
REVOKE ALL ON FUNCTION tile_recount() FROM PUBLIC;
""")
    # Whoever may change zones need not be able to write counts.
    definer("zone_counted", "")


def _work_counted() -> None:
    run("""
CREATE FUNCTION work_cell_add(p_layer text, p_key bigint, p_organisation uuid, p_account uuid, p_change integer)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO work_cell AS c (layer, cell, organisation_id, account_id, things)
  VALUES (p_layer, p_key >> 12, p_organisation, p_account, p_change)
  ON CONFLICT ON CONSTRAINT work_cell_pkey DO UPDATE SET things = c.things + EXCLUDED.things;
END $$;
REVOKE ALL ON FUNCTION work_cell_add(text, bigint, uuid, uuid, integer) FROM PUBLIC;

CREATE FUNCTION report_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM work_cell_add('reports', NEW.tile_key, NEW.organisation_id, NEW.officer_id, 1);
  ELSE
    PERFORM work_cell_add('reports', OLD.tile_key, OLD.organisation_id, OLD.officer_id, -1);
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION case_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM work_cell_add('cases', OLD.tile_key, OLD.organisation_id, OLD.reporter_id, -1);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM work_cell_add('cases', NEW.tile_key, NEW.organisation_id, NEW.reporter_id, 1);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER report_counted AFTER INSERT OR DELETE ON report
  FOR EACH ROW EXECUTE FUNCTION report_counted();
-- A case may change hands; its ledger, which grows far more often, is none of this.
CREATE TRIGGER case_counted AFTER INSERT OR DELETE OR UPDATE OF organisation_id, reporter_id, place ON case_file
  FOR EACH ROW EXECUTE FUNCTION case_counted();
""")
    definer("report_counted", "")
    definer("case_counted", "")


def downgrade() -> None:
    run("""
DROP TRIGGER case_counted ON case_file;
DROP TRIGGER report_counted ON report;
DROP TRIGGER zone_counted_in ON zone;
DROP TRIGGER zone_counted_anew ON zone;
DROP TRIGGER zone_counted_out ON zone;
DROP FUNCTION case_counted();
DROP FUNCTION report_counted();
DROP FUNCTION work_cell_add(text, bigint, uuid, uuid, integer);
DROP FUNCTION tile_recount();
DROP FUNCTION zone_counted();
DROP FUNCTION zone_cell_changes(text, geometry, daterange, integer);
DROP TABLE work_cell;
DROP TABLE tile_layer;
DROP TABLE zone_cell;
ALTER TABLE case_file DROP COLUMN tile_key;
ALTER TABLE report DROP COLUMN tile_key;
ALTER TABLE zone DROP COLUMN geom_3857;
DROP FUNCTION tile_key_column(bigint);
DROP FUNCTION tile_key(geometry);
DROP FUNCTION to_web_mercator(geometry);
""")
