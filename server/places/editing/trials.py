"""What a shape would do before it is saved: the ground of others it lies on, and the ground it would leave to nobody.

Computed by the child that computes the edit itself, so that what a page shows is what saving will say.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from server.db import Principal
from server.places.editing.steps import SHARING, Editor, current_versions, others_near
from server.places.editing.wire import TrialIn

# Degrees of a metre, generously: what is fetched too much is compared and found far.
_DEG_A_M = 1 / 50_000


def try_shape(editor: Editor, asking: Principal, kind: str, wanted: TrialIn) -> dict[str, Any]:
    """Overlaps and gaps of a shape, with areas in m2 and geometry in WGS-84. Nothing is written.

    Raises:
        InputRefused: the shape is none. ZoneComputingLimit, Unavailable.
    """
    wkb = editor.shapes.geometry(kind, wanted.geometry)
    day = wanted.valid_from or editor.clock().astimezone(editor.time_zone).date() + timedelta(days=1)
    with editor.db.transaction(asking.claim) as (connection, _):
        replaced = current_versions(connection, kind, [wanted.code] if wanted.code else [])
        others = others_near(connection, kind, [wkb], replaced, day, 2 * editor.gap_width_m * _DEG_A_M)
    if kind not in SHARING:
        others = []
    told = editor.shapes.compute(
        "gaps",
        [wkb],
        [other["wkb"] for other in others],
        [zone["wkb"] for zone in replaced],
        width_m=editor.gap_width_m,
    )
    overlaps = [
        {
            "other": others[one["other"]]["code"],
            "other_version": others[one["other"]]["version"],
            "area_m2": one["area_m2"],
            "geometry": one["geometry"],
        }
        for one in told["found"]
    ]
    # Kinds that do not share out the ground leave none open either.
    return {"area_m2": told["area_m2"], "overlaps": overlaps, "gaps": told["gaps"] if kind in SHARING else []}
