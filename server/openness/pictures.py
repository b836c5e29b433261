"""Photos on their way to the public: looked at for faces and plates, blurred where a person said so, kept.

Everything is made from the picture the inspection child derives, upright and without metadata; the original is
only read.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import orjson

from server.evidence.derive import thumbnail
from server.evidence.inspector import PhotoInspector
from server.evidence.photos import PhotoStore
from server.evidence.thumbnails import Thumbnails
from server.places.editing.limited import ChildBusy, ChildOverLimit, LimitedChild
from server.problems.request import Unavailable

CHILD = "server.openness.blur_child"
MEDIA_TYPE = "image/jpeg"
Regions = Sequence[Sequence[float]]
# Rises when pictures are made otherwise, so that none made before is shown for it.
_MADE = "1"


@dataclass(frozen=True)
class Pictures:
    """Makes and keeps what the public sees of photos. Safe from many threads.

    Attributes:
        scratch: folder for files without a name. edge_px: longer side.
    """

    store: PhotoStore
    inspector: PhotoInspector
    kept: Thumbnails
    scratch: Path
    child: LimitedChild
    edge_px: int

    def upright(self, sha256: str) -> bytes:
        """The whole photo, a JPEG, for those who decide what is blurred. Errors: EvidenceFault."""
        ending = f"-upright-{self.edge_px}.jpg"
        picture = self.kept.get(sha256, ending)
        if picture is None:
            with TemporaryFile(dir=self.scratch) as original:
                for piece in self.store.open(sha256):
                    original.write(piece)
                original.flush()
                picture = thumbnail(self.inspector, original.fileno(), edge_px=self.edge_px, quality=88)
            self.kept.put(sha256, picture, ending)
        return picture

    def proposals(self, sha256: str) -> list[dict[str, Any]]:
        """Where a person may want to blur: `kind` and `box`, shares of the upright picture. Errors: EvidenceFault."""
        asked = {"verb": "propose", "picture": base64.b64encode(self.upright(sha256)).decode()}
        found: list[dict[str, Any]] = self._asked(asked)["found"]
        return found

    def blurred(self, sha256: str, regions: Regions) -> bytes:
        """What the public sees, a JPEG; made once for each set of regions. Errors: EvidenceFault."""
        said = orjson.dumps([_MADE, self.edge_px, regions])
        ending = f"-open-{hashlib.sha256(said).hexdigest()[:16]}.jpg"
        picture = self.kept.get(sha256, ending)
        if picture is None:
            upright = base64.b64encode(self.upright(sha256)).decode()
            answer = self._asked({"verb": "blur", "picture": upright, "regions": regions})
            picture = base64.b64decode(answer["picture"])
            self.kept.put(sha256, picture, ending)
        return picture

    def _asked(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.child.ask(request)
        except (ChildOverLimit, ChildBusy) as error:
            raise Unavailable() from error
