"""Leniency: photos and files of how somebody was educated stand with the decision."""

from migrations.sql import run

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    run("""
ALTER TABLE leniency_decision ADD COLUMN attachments text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN leniency_decision.attachments IS 'photos and files of how the person was educated';
""")


def downgrade() -> None:
    run("ALTER TABLE leniency_decision DROP COLUMN attachments")
