"""The drawing process: `python -m server.places.drawing.child LAYER OUT FILE...`, started by drawer.py only.

It limits itself as the reading process does, reads each file in a folder of its own, and writes the zones to LAYER and
to OUT one line in sum and one for each finding. It opens no network and no database and has no environment.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from server.places.foreign.child import TASK, answered, limit_this_process, tell


def main() -> int:
    """Draw what the task says."""
    layer, out, *files = map(int, sys.argv[1:])
    task = orjson.loads(Path(TASK).read_bytes())
    limits = task["limits"]
    limit_this_process(limits["memory_max_bytes"], limits["timeout_s"], limits["answer_max_bytes"])
    return answered(out, lambda: _drawn(task, dict(zip(task["parts"], files, strict=True)), layer))


def _drawn(task: dict[str, Any], files: dict[str, int], layer: int) -> Iterator[dict[str, Any]]:
    # Only now: a decoder is loaded by a process that is already limited.
    from server.places.drawing.generating import Labels, generate_layer, summary_of
    from server.places.drawing.ground import Features, read_features
    from server.places.drawing.refusals import PARTS, GroundRefused
    from server.places.foreign.placing import Plane

    options, limits, plane = task["options"], task["limits"], Plane(task["metric_srid"])
    given: dict[str, Features] = {}
    for part in PARTS:
        tell(f"read_{part}")
        if part in files:
            folder = Path(part)
            folder.mkdir()
            with open(files[part], "rb") as file:
                given[part] = read_features(file, folder, plane, datum=options["datum"], limits=limits)
    tell("draw")
    labels = Labels(options["township"], date.fromisoformat(options["valid_from"]), options["sample"])
    try:
        zones, findings = generate_layer(
            given["buildings"],
            given["streets"],
            given.get("property_lines"),
            plane=plane,
            labels=labels,
            rules=options.get("rules", {}),
        )
    except GroundRefused as refused:
        return iter([{"faults": refused.faults}])
    tell("write_strips")
    with open(layer, "wb") as into:
        into.write(orjson.dumps(zones))
    return _told(summary_of(zones, findings), findings[: limits["findings_max"]])


def _told(summary: dict[str, Any], findings: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield summary
    for finding in findings:
        yield {**finding["properties"], "geometry": orjson.dumps(finding["geometry"]).decode()}


if __name__ == "__main__":
    sys.exit(main())
