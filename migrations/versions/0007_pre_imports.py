"""Imports: files of zones, their dry-run reports, and who applied them."""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
