"""A case moves to where it lies when a person reads its report's numbers in another datum; rounds go as visits do."""

from migrations.choosing import ACTING, ACTING_MOVED
from migrations.keeping import FORGET_BEFORE, FORGET_ROUNDS
from migrations.sql import SERVER_ROLE, WORKER_ROLE, definer, run

revision = "0039"
down_revision = "0038"

_WHAT = ("track", "sighting", "visit", "shift_figures", "live_position", "look")
_FORGETTING = "text, text, date, timestamptz, timestamptz, integer"


def upgrade() -> None:
    _act(ACTING_MOVED)
    _forget(FORGET_ROUNDS, (*_WHAT, "round"))


def downgrade() -> None:
    # What says that rounds went stays said, as something that is not known any more.
    _forget(FORGET_BEFORE, _WHAT, valid="NOT VALID")
    _act(ACTING)


def _act(function: str) -> None:
    run(function)
    definer("case_act_v1", "jsonb, uuid, text, text")


def _forget(function: str, what: tuple[str, ...], valid: str = "") -> None:
    run(function)
    definer("forget_v1", _FORGETTING)
    run(f"ALTER FUNCTION forget_v1({_FORGETTING}) SET timezone = 'UTC'")
    run(f"ALTER FUNCTION forget_v1({_FORGETTING}) SET lock_timeout = '5s'")
    run(f"REVOKE EXECUTE ON FUNCTION forget_v1({_FORGETTING}) FROM {SERVER_ROLE}")
    run(f"GRANT EXECUTE ON FUNCTION forget_v1({_FORGETTING}) TO {WORKER_ROLE}")
    known = ", ".join(f"'{one}'" for one in what)
    run("ALTER TABLE deletion_report DROP CONSTRAINT deletion_report_what_known")
    run(
        f"ALTER TABLE deletion_report ADD CONSTRAINT deletion_report_what_known CHECK (what IN ({known})) {valid}"
    )
