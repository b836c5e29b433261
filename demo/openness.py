"""Publishing in the demo: some decisions are public, some drafted, some late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ASK = Callable[..., dict[str, Any]]
_DRAFTER, _APPROVER = "reviewer01", "admin01"
_AHEAD_DAYS = 366


def publish_some(ask: ASK, id_of: Callable[[str], str]) -> None:
    """Of the decisions that wait, every fourth stays undone and every fourth a draft; the others are public."""
    waiting = ask(_DRAFTER, "GET", f"/openness/overdue?ahead_days={_AHEAD_DAYS}&limit=100", None)["items"]
    for nth, one in enumerate(sorted(waiting, key=lambda found: found["proceeding"])):
        if nth % 4 == 0 or one["due_on"] is None or one["draft"] is not None:
            continue
        publication = f"/openness/publications/{id_of('publication/' + one['proceeding'])}"
        made = ask(_DRAFTER, "PUT", publication, {"decision": one["decision"]})
        for photo in made["photos"][:1]:
            ask(_DRAFTER, "PUT", f"{publication}/photos/{photo['sha256']}", {"chosen": True, "regions": []})
        if nth % 4 > 1:
            ask(_APPROVER, "POST", f"{publication}/approve", None)
