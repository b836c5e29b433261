"""Papers: photos and files of how somebody was educated stand with a decision of leniency; the register of subjects is
read page by page in the order of its numbers."""

from migrations.sql import run

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    run("""
ALTER TABLE leniency_decision ADD COLUMN attachments text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN leniency_decision.attachments IS 'photos and files of how the person was educated';
CREATE UNIQUE INDEX subject_by_number ON subject (number);
""")


def downgrade() -> None:
    run("""
DROP INDEX subject_by_number;
ALTER TABLE leniency_decision DROP COLUMN attachments;
""")
