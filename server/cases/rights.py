"""Who may set the times that hold for the whole district."""

from __future__ import annotations

from server.access import principal
from server.db import Claim
from server.problems.request import NotAllowed

KEEPERS = ("admin", "zone_manager")
"""Roles that import calendars, hours and tables of deadlines."""


def district_claim() -> Claim:
    """The claim of a keeper of the district. Raises NotAllowed: a township does not set its own deadlines."""
    asking = principal()
    if asking.scope != "district":
        raise NotAllowed(allowed_roles=sorted(KEEPERS), scope="district")
    return asking.claim
