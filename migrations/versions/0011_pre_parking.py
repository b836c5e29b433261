"""Parking areas, streets, cell codes and service points: what a category is about, the street layer, code templates."""

from migrations.sql import SERVER_ROLE, run

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run(f"""
ALTER TABLE category ADD COLUMN about text CONSTRAINT category_about_known CHECK (about IN ('bike', 'car'));
COMMENT ON COLUMN category.about IS
  'the kind of vehicle it complains of: such a report inside a parking area is told before dispatch';

-- What an intake needs of a parking area the match names; anything else of it can wait.
CREATE FUNCTION parking_attributes_v1(p_code text, p_version integer) RETURNS json LANGUAGE sql STABLE AS $$
  SELECT json_build_object('vehicle', z.properties -> 'vehicle', 'legal_hours', z.properties -> 'legal_hours')
  FROM zone z WHERE z.kind = 'parking' AND z.code = p_code AND z.version = p_version
$$;

-- Service points are few among many strips: the nearest are found in an index of their own.
CREATE INDEX zone_service_point ON zone USING gist (geom_m) WHERE kind = 'service_point';

-- Street lines have no codes of their own; the digest of what a row says is its identity from one file to the next.
CREATE TABLE street (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT street_pkey PRIMARY KEY,
  digest text NOT NULL CONSTRAINT street_digest_form CHECK (digest ~ '^[0-9a-f]{{64}}$'),
  name text CONSTRAINT street_name_length CHECK (length(name) BETWEEN 1 AND 200),
  street_kind text CONSTRAINT street_kind_length CHECK (length(street_kind) BETWEEN 1 AND 64),
  width_m double precision CONSTRAINT street_width_m_range CHECK (width_m > 0 AND width_m <= 200),
  township_code text,
  valid daterange NOT NULL CONSTRAINT street_valid_not_empty CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
  geom geometry(LineString, 4326) NOT NULL CONSTRAINT street_geom_is_place CHECK (is_place(geom)),
  geom_m geometry GENERATED ALWAYS AS (to_metric(geom)) STORED,
  source text NOT NULL,
  sample boolean NOT NULL,
  CONSTRAINT street_one_at_a_time EXCLUDE USING gist (digest WITH =, valid WITH &&)
);
COMMENT ON COLUMN street.width_m IS 'carriageway from kerb to kerb, where it is known';
CREATE INDEX street_geom_m ON street USING gist (geom_m);

CREATE FUNCTION street_only_closes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.digest, OLD.source, OLD.sample, lower(OLD.valid)) IS DISTINCT FROM (NEW.digest, NEW.source, NEW.sample, lower(NEW.valid))
     OR NOT ST_OrderingEquals(OLD.geom, NEW.geom) OR NOT upper_inf(OLD.valid) THEN
    RAISE EXCEPTION 'a street row only closes' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'street_only_closes';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER street_only_closes BEFORE UPDATE ON street FOR EACH ROW EXECUTE FUNCTION street_only_closes();

-- How codes of grid cells are put together is the jurisdiction's and comes from a file; none is compiled in.
CREATE TABLE cell_code_template (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT cell_code_template_pkey PRIMARY KEY,
  template text NOT NULL CONSTRAINT cell_code_template_length CHECK (length(template) BETWEEN 1 AND 120),
  valid daterange NOT NULL
    CONSTRAINT cell_code_template_valid_not_empty CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
  source text NOT NULL,
  sample boolean NOT NULL,
  CONSTRAINT cell_code_template_one_at_a_time EXCLUDE USING gist (valid WITH &&)
);
GRANT SELECT ON street, cell_code_template TO {SERVER_ROLE};
""")


def downgrade() -> None:
    run("""
DROP TABLE cell_code_template;
DROP TABLE street;
DROP FUNCTION street_only_closes();
DROP INDEX zone_service_point;
DROP FUNCTION parking_attributes_v1(text, integer);
ALTER TABLE category DROP COLUMN about;
""")
