"""Casework: states and versions of a case, actions with their keys, links between cases."""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
