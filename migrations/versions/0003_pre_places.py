"""Places: zones of all kinds with their versions, the pieces they are matched by, and categories."""

from alembic import context

from migrations.sql import SERVER_ROLE, run

revision = "0003"
down_revision = "0002"

KINDS = "'township','community','grid','frontage','parking','site','service_point'"


def upgrade() -> None:
    srid = int(context.config.attributes["metric_srid"])
    # One place says which metric CRS this deployment has; a stored column then cannot drift from its geometry.
    run(
        f"CREATE FUNCTION metric_srid() RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT {srid} $$"
    )
    run(f"""
CREATE FUNCTION to_metric(geom geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT public.ST_Transform(geom, {srid}) $$;
CREATE FUNCTION is_place(geom geometry) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT coalesce(public.ST_SRID(geom) = 4326 AND NOT public.ST_IsEmpty(geom)
     AND public.ST_XMin(geom) >= -180 AND public.ST_XMax(geom) <= 180
     AND public.ST_YMin(geom) >= -90 AND public.ST_YMax(geom) <= 90 AND public.ST_IsValid(geom), false) $$;

CREATE TABLE zone (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT zone_pkey PRIMARY KEY,
  kind text NOT NULL CONSTRAINT zone_kind_known CHECK (kind IN ({KINDS})),
  code text NOT NULL CONSTRAINT zone_code_length CHECK (length(code) BETWEEN 1 AND 64),
  version integer NOT NULL CONSTRAINT zone_version_positive CHECK (version > 0),
  name text NOT NULL CONSTRAINT zone_name_length CHECK (length(name) BETWEEN 1 AND 200),
  township_code text,
  valid daterange NOT NULL CONSTRAINT zone_valid_not_empty CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
  geom geometry(Geometry, 4326) NOT NULL CONSTRAINT zone_geom_is_place CHECK (is_place(geom)),
  geom_m geometry GENERATED ALWAYS AS (to_metric(geom)) STORED,
  properties jsonb NOT NULL DEFAULT '{{}}',
  source text NOT NULL,
  sample boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT zone_kind_code_version_key UNIQUE (kind, code, version),
  CONSTRAINT zone_one_version_at_a_time EXCLUDE USING gist (kind WITH =, code WITH =, valid WITH &&),
  CONSTRAINT zone_township_of_itself CHECK (kind <> 'township' OR township_code = code)
);
CREATE INDEX zone_geom ON zone USING gist (geom);
CREATE INDEX zone_code ON zone (code);
CREATE INDEX zone_kind_code ON zone (kind, code, version);

CREATE TABLE zone_piece (
  zone_id bigint NOT NULL CONSTRAINT zone_piece_zone_id_fkey REFERENCES zone (id) ON DELETE CASCADE,
  piece geometry NOT NULL
);
CREATE INDEX zone_piece_piece ON zone_piece USING gist (piece);
CREATE INDEX zone_piece_zone_id ON zone_piece (zone_id);

-- A township of 5,000 vertices costs more than all else in a match; pieces of 128 make every kind cost alike.
CREATE FUNCTION zone_cut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO zone_piece (zone_id, piece)
  SELECT z.id, ST_Subdivide(z.geom_m, 128) FROM added z;
  RETURN NULL;
END $$;
CREATE TRIGGER zone_cut AFTER INSERT ON zone REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION zone_cut();

-- Versions never change once made: an edit closes one and opens another.
CREATE FUNCTION zone_only_closes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.kind, OLD.code, OLD.version, OLD.name, OLD.township_code, OLD.properties, OLD.source, OLD.sample, lower(OLD.valid))
     IS DISTINCT FROM
     (NEW.kind, NEW.code, NEW.version, NEW.name, NEW.township_code, NEW.properties, NEW.source, NEW.sample, lower(NEW.valid))
     OR NOT ST_OrderingEquals(OLD.geom, NEW.geom) OR NOT upper_inf(OLD.valid) THEN
    RAISE EXCEPTION 'a zone version only closes' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'zone_only_closes';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER zone_only_closes BEFORE UPDATE ON zone FOR EACH ROW EXECUTE FUNCTION zone_only_closes();

CREATE TABLE category (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT category_pkey PRIMARY KEY,
  code text NOT NULL CONSTRAINT category_code_length CHECK (length(code) BETWEEN 1 AND 64),
  parent text,
  name text NOT NULL,
  name_en text NOT NULL,
  duty text CONSTRAINT category_duty_known CHECK (duty IN ('hygiene', 'order', 'appearance')),
  none_weights jsonb NOT NULL DEFAULT '{{}}',
  list_id text NOT NULL,
  list_version text NOT NULL,
  valid daterange NOT NULL,
  source text NOT NULL,
  sample boolean NOT NULL,
  CONSTRAINT category_one_version_at_a_time EXCLUDE USING gist (code WITH =, valid WITH &&)
);
COMMENT ON COLUMN category.none_weights IS 'zone kind -> relative weight (0..1) of: the thing lies in no zone of this kind';
GRANT SELECT ON zone, zone_piece, category TO {SERVER_ROLE};
""")
    run("""
-- What matching needs of every zone near a spot (metric x, y): nearest first within a kind, capped a kind, and the
-- zone a hint names however far it lies. One function, so that an intake, /match and a batch see the same rows.
CREATE FUNCTION zone_candidates_v1(p_x double precision, p_y double precision, p_radius_m double precision, p_on date,
  p_hint text, p_max integer)
RETURNS TABLE (kind text, code text, name text, version integer, township text, distance_m double precision, wkb text)
LANGUAGE sql STABLE AS $$
  WITH spot AS (SELECT ST_SetSRID(ST_MakePoint(p_x, p_y), metric_srid()) AS here),
  near AS (
    SELECT z.kind, z.code, z.name, z.version, z.township_code, ST_Distance(p.piece, spot.here) AS distance_m, p.piece
    FROM spot
    JOIN zone_piece p ON ST_DWithin(p.piece, spot.here, p_radius_m)
    JOIN zone z ON z.id = p.zone_id
    WHERE z.valid @> p_on
    UNION ALL
    SELECT z.kind, z.code, z.name, z.version, z.township_code, ST_Distance(p.piece, spot.here), p.piece
    FROM spot
    JOIN zone z ON z.code = p_hint AND z.kind NOT IN ('township', 'community', 'grid')
    JOIN zone_piece p ON p.zone_id = z.id
    WHERE z.valid @> p_on AND NOT ST_DWithin(p.piece, spot.here, p_radius_m)
  ),
  ranked AS (
    SELECT n.*, row_number() OVER (PARTITION BY n.kind ORDER BY n.distance_m, n.code) AS place FROM near n
  )
  SELECT r.kind, r.code, r.name, r.version, r.township_code, r.distance_m, encode(ST_AsBinary(r.piece), 'hex')
  FROM ranked r
  WHERE r.place <= p_max
  ORDER BY r.kind, r.place
$$;
-- Whether any place a thing may lie in is within `p_limit_m` of a spot: asked of other readings of a fix's datum.
CREATE FUNCTION zone_fits_v1(p_x double precision, p_y double precision, p_limit_m double precision, p_on date)
RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT 1 FROM zone_piece p JOIN zone z ON z.id = p.zone_id
    WHERE ST_DWithin(p.piece, ST_SetSRID(ST_MakePoint(p_x, p_y), metric_srid()), p_limit_m)
      AND z.valid @> p_on AND z.kind NOT IN ('township', 'community', 'grid'))
$$;
""")


def downgrade() -> None:
    run("""
DROP FUNCTION zone_fits_v1(double precision, double precision, double precision, date);
DROP FUNCTION zone_candidates_v1(double precision, double precision, double precision, date, text, integer);
DROP TABLE category;
DROP TABLE zone_piece;
DROP TABLE zone;
DROP FUNCTION zone_only_closes();
DROP FUNCTION zone_cut();
DROP FUNCTION is_place(geometry);
DROP FUNCTION to_metric(geometry);
DROP FUNCTION metric_srid();
""")
