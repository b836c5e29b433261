"""Work calendars, office hours, deadline tables, and the clocks of cases."""

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
