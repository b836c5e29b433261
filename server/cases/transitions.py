"""What happens to a case, as verbs. Opening is the first: a report becomes a work item of the body that answers.

The writing is done by case_open_v1 and ledger_append_v1 inside the caller's one statement; this module says with
which values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.places.routing import Route


def opening(
    going: Route, named: Mapping[str, Any] | None, prefix: str, local_year: int, ledger_body: str
) -> dict[str, Any]:
    """Parameters with which a report opens its case, or joins the case it names.

    Args:
        going: the responsible body. named: the visible case the report names, if any.
        prefix, local_year: first parts of a case number, as in TZ-2026-000123.
        ledger_body: canonical JSON of the entry.
    """
    return {
        "case_prefix": f"{prefix}-{local_year}",
        "organisation_id": named["organisation_id"] if named else going.body.id,
        "township_code": going.township.code if going.township else None,
        "reason": going.reason,
        "ledger_body": ledger_body,
        "attach_to": named["id"] if named else None,
    }
