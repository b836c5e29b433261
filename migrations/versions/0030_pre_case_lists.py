"""Lists of cases: searched, counted and narrowed by the database."""

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
