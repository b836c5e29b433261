"""A street with shops on both sides in Jinsha, its neighbour township, and officers who send reports over HTTP."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from geo.metric import MetricPlane
from tests import factories
from tests.factories import CORNER, JINSHA, JINXIN
from tests.faults.phone import BOUNDARY, multipart
from tests.postgres import METRIC_SRID

NORTH, SOUTH = "F-NORTH", "F-SOUTH"
REAL_PHOTOS = Path(__file__).parents[3] / "demo" / "tongzhou" / "photos"
TABLES = (
    "report",
    "report_photo",
    "photo",
    "photo_arrival",
    "zone_match",
    "finding",
    "case_file",
    "case_report",
    "ledger",
    "inbox_entry",
    "outbox",
    "procrastinate_jobs",
)
_plane = MetricPlane(METRIC_SRID)


def spot(east_m: float, north_m: float) -> tuple[float, float]:
    """Longitude and latitude (WGS 84) so many metres from the corner."""
    x, y = _plane.forward(*CORNER)
    return _plane.inverse(x + east_m, y + north_m)


def make_street(owner: Engine) -> None:
    """Two townships that meet 1,500 m east of the corner, and a frontage zone on each side of the street:
    from 0 to 6 m south of the corner, and from 4 to 12 m north of it."""
    factories.make_organisations(owner)
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    factories.make_zone(owner, kind="township", township=JINXIN, at=spot(3000, 0), width_m=3000, depth_m=3000)
    factories.make_zone(owner, code=SOUTH, at=spot(0, -3), width_m=40, depth_m=6)
    factories.make_zone(owner, code=NORTH, at=spot(0, 8), width_m=40, depth_m=8)
    factories.make_category(owner)


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def real_photo(name: str) -> bytes:
    return (REAL_PHOTOS / name).read_bytes()


@dataclass(frozen=True)
class Officer:
    """One officer's phone. Every call returns the response as it is."""

    client: FlaskClient
    headers: dict[str, str] = field(repr=False)

    def send(
        self, report: dict[str, Any], photos: Sequence[bytes] = (), *, report_id: UUID | None = None
    ) -> Any:
        """A report with photos as multipart; without, as JSON alone."""
        path = f"/api/v1/reports/{report_id or uuid4()}"
        if not photos:
            return self.client.put(
                path, data=json.dumps(report), content_type="application/json", headers=self.headers
            )
        return self.client.put(
            path,
            data=multipart(report, tuple(photos)),
            content_type=f"multipart/form-data; boundary={BOUNDARY}",
            headers=self.headers,
        )

    def send_photo(self, report_id: UUID | str, photo: bytes, sha256: str | None = None) -> Any:
        path = f"/api/v1/reports/{report_id}/photos/{sha256 or sha256_of(photo)}"
        return self.client.put(path, data=photo, content_type="image/jpeg", headers=self.headers)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.headers)

    def receipt(self, report: dict[str, Any], *photos: bytes, report_id: UUID | None = None) -> Any:
        """The receipt of a new report that is expected to be taken."""
        answer = self.send(report, photos, report_id=report_id)
        assert answer.status_code == 201, answer.text
        return answer.json


def row_counts(owner: Engine) -> dict[str, int]:
    """Rows of every table an intake writes to."""
    counts = ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in TABLES)
    with owner.connect() as connection:
        return dict(connection.execute(text(f"SELECT {counts}")).mappings().one())


def tree(folder: Path) -> dict[str, int]:
    """Every file under a folder with its size, by path."""
    return {str(p.relative_to(folder)): p.stat().st_size for p in folder.rglob("*") if p.is_file()}


def finding_codes(receipt: Any) -> set[str]:
    return {finding["code"] for finding in receipt["findings"]}


def rows(owner: Engine, statement: str, **values: Any) -> list[Any]:
    with owner.connect() as connection:
        return list(connection.execute(text(statement), values).mappings())
