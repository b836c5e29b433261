"""Practices."""

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
