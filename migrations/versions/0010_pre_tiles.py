"""Tiles: web-mercator columns and aggregates for low zooms."""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
