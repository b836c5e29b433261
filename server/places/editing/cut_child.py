"""The child that cuts: `python -m server.places.editing.cut_child MEMORY_BYTES CPU_S`, started by limited.py only.

It limits itself before it reads a byte, computes one answer from stdin to stdout, and ends. It has no database, no
file and no secret.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Sequence
from typing import Any

import orjson


def _limit(memory_bytes: int, cpu_s: int) -> None:
    for what, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    # Loaded under the limits, like everything else this process does.
    import shapely

    from geo.metric import MetricPlane
    from server.places.editing import cutting

    ground = cutting.Ground(MetricPlane(request["srid"]))
    shapes = [list(shapely.from_wkb(group)) for group in request["shapes"]]

    def hexed(made: Sequence[Any]) -> dict[str, Any]:
        return {"shapes": [shape.wkb_hex for shape in made]}

    verbs: dict[str, Callable[[], dict[str, Any]]] = {
        "split": lambda: hexed(cutting.split(ground, shapes[0][0], shapes[1][0])),
        "merge": lambda: hexed([cutting.merge(ground, shapes[0])]),
        "border": lambda: hexed(cutting.border(ground, shapes[0], shapes[1][0])),
        "reshape": lambda: {"areas_m2": cutting.reshape(ground, shapes[0], shapes[1])},
        "trim": lambda: hexed([cutting.trim(ground, shapes[0][0], shapes[1])]),
        "gaps": lambda: {
            "area_m2": float(ground.metric(shapes[0][0]).area),
            "gaps": cutting.gaps(ground, shapes[0][0], shapes[1], shapes[2], request["width_m"]),
            "found": cutting.overlaps(ground, shapes[0], shapes[1]),
        },
        "overlaps": lambda: {"found": cutting.overlaps(ground, shapes[0], shapes[1])},
    }
    try:
        return verbs[request["verb"]]()
    except cutting.CutRefused as refused:
        return {"refused": refused.members}
    except shapely.errors.GEOSException:
        return {"refused": {"reason": "invalid"}}


def main() -> None:
    """Answer one request."""
    _limit(int(sys.argv[1]), int(sys.argv[2]))
    request = orjson.loads(sys.stdin.buffer.read())
    sys.stdout.buffer.write(orjson.dumps(_answer(request)))


if __name__ == "__main__":
    main()
