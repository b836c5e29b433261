"""The live feed: what changed, in an order a reader can resume from."""

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
