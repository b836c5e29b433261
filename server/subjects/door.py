"""The sheet on the door: who answers for the strip, and a code that opens the report form with this very zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from server import qr
from server.problems.request import NotFound
from server.subjects.wire import DoorQuery

TEMPLATE = Path(__file__).with_name("door.typ")


def address_of(url: str, zone: str) -> str:
    """What the code on a door says: the phone's report form, told by this code which zone it stands before."""
    return f"{url}/app/officer/report?door={quote(zone, safe='')}"


def sheets(
    subject: Mapping[str, Any],
    query: DoorQuery,
    printing: Callable[[Mapping[str, Any], Mapping[str, bytes], Path], bytes],
    url: str,
) -> bytes:
    """A page for each zone the subject answers for today, or for one of them. Raises NotFound, and as `printing`."""
    names = {(one["zone_kind"], one["zone"]): one["name"] for one in subject["places"]}
    zones = [one for one in subject["zones"] if query.zone is None or one == query.model_dump()]
    if not zones:
        raise NotFound()
    codes = {
        f"{number}.svg": qr.svg(address_of(url, one["zone"])).encode() for number, one in enumerate(zones)
    }
    pages = [
        {"zone": one["zone"], "name": names[one["zone_kind"], one["zone"]] or "", "image": image}
        for one, image in zip(zones, codes, strict=True)
    ]
    # Names of persons are nobody's business who passes by.
    told = {"code": subject["code"], "name": subject["name"], "township": subject["township_name"] or ""}
    return printing({**told, "pages": pages}, codes, TEMPLATE)
