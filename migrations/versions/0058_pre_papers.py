"""Nothing yet."""

revision = "0058"
down_revision = "0057"


def upgrade() -> None:
    """Nothing."""


def downgrade() -> None:
    """Nothing."""
