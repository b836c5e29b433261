"""Editing and re-matching: who changed which zone and why, and what a re-match would move."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
