"""A case moves to where it lies when a person reads its report's numbers in another datum."""

from migrations.choosing import ACTING, ACTING_MOVED
from migrations.sql import definer, run

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    _act(ACTING_MOVED)


def downgrade() -> None:
    _act(ACTING)


def _act(function: str) -> None:
    run(function)
    definer("case_act_v1", "jsonb, uuid, text, text")
