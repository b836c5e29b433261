"""Litigation."""

revision = "0051"
down_revision = "0050"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
