"""Whether the zone of a case has to be chosen stands with the case, where counts of ten thousand need no second table."""

from migrations.sql import definer, run

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    run("""
ALTER TABLE case_file ADD COLUMN unsure boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN case_file.unsure IS 'as case_glance has it: several zones share its match and nobody has chosen one';
CREATE INDEX case_file_unsure ON case_file (opened_at DESC, id DESC) WHERE unsure;
DROP INDEX case_glance_unsure;

CREATE FUNCTION unsure_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE case_file c SET unsure = NEW.unsure WHERE c.id = NEW.case_id AND c.unsure <> NEW.unsure;
  RETURN NULL;
END $$;
CREATE TRIGGER unsure_told AFTER INSERT OR UPDATE OF unsure ON case_glance FOR EACH ROW EXECUTE FUNCTION unsure_told();
UPDATE case_file c SET unsure = true FROM case_glance g WHERE g.case_id = c.id AND g.unsure;
""")
    definer("unsure_told", "")


def downgrade() -> None:
    run("""
DROP TRIGGER unsure_told ON case_glance;
DROP FUNCTION unsure_told();
CREATE INDEX case_glance_unsure ON case_glance (case_id) WHERE unsure;
DROP INDEX case_file_unsure;
ALTER TABLE case_file DROP COLUMN unsure;
""")
