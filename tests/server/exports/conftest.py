"""A case with two reports, real photos and hostile words, and what is taken of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests import factories
from tests.factories import CORNER, JINSHA
from tests.server.world import CATEGORY, send_report

PHOTOS = Path(__file__).parents[3] / "demo" / "tongzhou" / "photos"
SignIn = Callable[..., dict[str, str]]
# What would be run, read or drawn if any of it were markup.
HOSTILE = (
    'x #panic("planted") #read("/etc/passwd") $ sum $ *bold* <script> #image("/etc/passwd") \\ " & \u4e2d文'
)


@dataclass(frozen=True)
class Case:
    """The case, its two reports and their photos by digest, and the officer who sent them."""

    number: str
    reports: tuple[UUID, UUID]
    photos: tuple[str, ...]
    officer: str


@pytest.fixture
def case(owner: Engine, client: FlaskClient, sign_in: SignIn) -> Case:
    factories.make_organisations(owner)
    factories.make_category(owner, code=CATEGORY)
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    factories.make_zone(owner, code="F0296", name=HOSTILE, width_m=12, depth_m=6)
    factories.make_zone(owner, code="F0297", at=(CORNER[0] + 13 / 94_000, CORNER[1]), width_m=12, depth_m=6)
    _make_street(owner)
    officer = factories.make_account(owner, role="officer", organisation=JINSHA).username
    headers = sign_in(officer)
    photos = [(PHOTOS / name).read_bytes() for name in ("drawn_04_goods.jpg", "ianare_DSCN0010.jpg")]
    first, second = uuid4(), uuid4()
    report = factories.report_json(
        photos=photos[:1], accuracy_m=3.0, note=HOSTILE, position={"bearing_deg": 20.0}
    )
    answer = send_report(client, headers, first, report, photos[0])
    assert answer.status_code == 201, answer.text
    number = answer.get_json()["case"]["number"]
    after = factories.report_json(photos=photos[1:], accuracy_m=3.0, case=number)
    after["photos"][0]["role"] = "after"
    answer = send_report(client, headers, second, after, photos[1])
    assert answer.status_code == 201, answer.text
    digests = tuple(one["photos"][0]["sha256"] for one in (report, after))
    act(owner, number, "case.registered", '{"from":"reported","to":"registered","note":"#strong[planted]"}')
    return Case(number, (first, second), digests, officer)


def _make_street(owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO street (digest, name, width_m, valid, geom, source, sample) "
                "VALUES (repeat('d', 64), :name, "
                "9, '[2022-09-01,)', ST_GeomFromText('LINESTRING(121.06 32.0699, 121.08 32.0699)', 4326), 'test', true)"
            ),
            {"name": "新金路 & <b>"},
        )


def act(owner: Engine, number: str, action: str, body: str) -> None:
    """A ledger entry as casework adds it."""
    with owner.begin() as connection:
        connection.execute(text("SELECT set_config('frontage.scope', 'district', true)"))
        connection.execute(
            text("SELECT ledger_append_v1(id, :action, :body) FROM case_file WHERE number = :number"),
            {"action": action, "body": body, "number": number},
        )


@pytest.fixture
def take(client: FlaskClient, sign_in: SignIn, case: Case) -> Callable[..., bytes]:
    """`take("bundle")` or `take("file.pdf")` as the district's dispatcher, or with other headers."""

    def taken(what: str, headers: dict[str, str] | None = None) -> bytes:
        path = f"/api/v1/cases/{case.number}/{what}"
        answer = client.get(path, headers=headers or sign_in("dispatcher"))
        assert answer.status_code == 200, answer.text
        made: bytes = answer.data
        return made

    return taken


def unpacked(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def exports_of(owner: Engine, number: str) -> list[dict]:
    """The entries that say who took what."""
    with owner.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT CAST(l.body AS jsonb) FROM ledger l JOIN case_file c ON c.id = l.case_id "
                "WHERE c.number = :number AND l.action = 'evidence.exported' ORDER BY l.seq"
            ),
            {"number": number},
        )
        return list(rows.scalars())
