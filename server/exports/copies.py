"""Copies of photos for people: smaller, upright, without metadata, with time, place, officer and case in a band below.

The band is added below the picture, so that nothing of what was photographed is covered; the original stays what it
is. A copy is made when first asked for and kept beside the thumbnails, under a name that depends on what it says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from zoneinfo import ZoneInfo

from server.evidence.derive import stamped
from server.evidence.inspector import PhotoInspector
from server.evidence.photos import PhotoStore
from server.evidence.thumbnails import Thumbnails

# Zone names may be 200 letters long; what is longer than this says nothing more on a photo.
NAME_MAX = 60
BELIEVED = frozenset({"certain", "likely"})
# Rises when the band is drawn otherwise, so that no copy made before is shown for it.
DRAWN = "1"


@dataclass(frozen=True)
class Copies:
    """Makes and keeps stamped copies. Safe from many threads.

    Attributes:
        inspector: its own, so that a large export never keeps a photo that comes in waiting.
        scratch: folder for files without a name. edge_px: longer side of the picture.
    """

    store: PhotoStore
    inspector: PhotoInspector
    kept: Thumbnails
    scratch: Path
    font: Path
    edge_px: int
    time_zone: ZoneInfo

    def copy(self, sha256: str, caption: Mapping[str, Any]) -> bytes:
        """The stamped copy, a JPEG.

        Args:
            caption: captured_at, received_at (RFC 3339), lon, lat (WGS 84, degrees), accuracy_m, match, township,
                case, officer; see the statement fetch_caption.
        Errors: EvidenceFault.
        """
        lines = self.lines(sha256, caption)
        said = "\n".join([DRAWN, str(self.edge_px), *lines])
        ending = f"-{hashlib.sha256(said.encode()).hexdigest()[:16]}.jpg"
        picture = self.kept.get(sha256, ending)
        if picture is None:
            picture = self._made(sha256, lines)
            self.kept.put(sha256, picture, ending)
        return picture

    def lines(self, sha256: str, caption: Mapping[str, Any]) -> list[str]:
        """What the band says, three lines in Chinese."""
        place = degrees(caption["lon"], caption["lat"])
        places = [caption["township"] or "区外"]
        for kind, name in (("frontage", "门前"), ("parking", "停车区")):
            zone = caption["match"].get(kind)
            if zone is not None and zone["verdict"] in BELIEVED:
                places.append(f"{name} {zone['code']} {zone['name'][:NAME_MAX]}")
        return [
            f"拍摄 {self._local(caption['captured_at'])} · 收到 {self._local(caption['received_at'])} · "
            f"案卷 {caption['case'] or '-'}",
            f"{place} ±{caption['accuracy_m']:.0f} 米(WGS-84) · " + " · ".join(places),
            f"队员 {caption['officer'] or '-'} · 原件 SHA-256 {sha256[:16]}… · 水印副本，原件未改动",
        ]

    def _local(self, moment: str) -> str:
        local = datetime.fromisoformat(moment).astimezone(self.time_zone)
        return (
            local.strftime("%Y-%m-%d %H:%M:%S ") + local.strftime("%z")[:3] + ":" + local.strftime("%z")[3:]
        )

    def _made(self, sha256: str, lines: list[str]) -> bytes:
        with TemporaryFile(dir=self.scratch) as original:
            for piece in self.store.open(sha256):
                original.write(piece)
            original.flush()
            return stamped(
                self.inspector, original.fileno(), edge_px=self.edge_px, lines=lines, font=self.font
            )


def degrees(lon: float, lat: float) -> str:
    """`121.070000°E 32.070000°N`."""
    return f"{abs(lon):.6f}°{'E' if lon >= 0 else 'W'} {abs(lat):.6f}°{'N' if lat >= 0 else 'S'}"
