"""Valid things to test with, each made by a plain function: a test names the interesting argument.

The makers write as the owner, each in a transaction of its own, and give back what the test will ask for.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from argon2 import PasswordHasher
from PIL import Image
from psycopg2.extras import DateRange
from sqlalchemy import Engine, func, insert, select, text

from server.people import accounts
from server.people.accounts import Account, Organisation
from server.people.passwords import Passwords
from server.places.tables import category, zone
from server.rulebooks import store as rulebooks
from server.rulebooks.tables import rulebook
from server.subjects.tables import subject, subject_person, subject_phone, subject_place, subject_version

NOW = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)  # 10:00 in the district
DISTRICT = "320612"
JINSHA, JINXIN, SHIGANG = "320612001", "320612004", "320612110"
_TOWNSHIPS = ((JINSHA, "金沙街道"), (JINXIN, "金新街道"), (SHIGANG, "石港镇"))
# Longitude, latitude (WGS 84) of a street corner in Jinsha.
CORNER = (121.07, 32.07)
PASSWORD = "a password for tests"
# argon2 takes its time on purpose; what is tested is who gets in, not how long it takes.
QUICK_PASSWORDS = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
_number = itertools.count(1)


def make_organisations(owner: Engine) -> dict[str, Organisation]:
    """The district and three townships with their real codes, by code. Repeating it changes nothing."""
    with owner.begin() as connection:
        district = accounts.put_organisation(
            connection,
            code=DISTRICT,
            kind="district",
            name="通州区",
            body_name="通州区城市管理局",
            body_name_en="Tongzhou District Urban Management Bureau",
        )
        made = [district] + [
            accounts.put_organisation(
                connection,
                code=code,
                kind="township",
                name=name,
                body_name=f"{name}综合行政执法局",
                body_name_en=f"Enforcement Bureau of {code}",
            )
            for code, name in _TOWNSHIPS
        ]
    return {one.code: one for one in made}


def make_account(
    owner: Engine,
    *,
    role: str = "officer",
    organisation: str | None = None,
    username: str | None = None,
    password: str = PASSWORD,
    disabled: bool = False,
) -> Account:
    """An account; organisations are made when there are none.

    Handlers and checkers belong to a township, others to the district, unless an organisation is named.
    """
    home = JINSHA if role in ("handler", "checker") else DISTRICT
    username = username or f"{role.replace('_', '-')}.{next(_number):04d}"
    with owner.connect() as connection:
        there = connection.execute(text("SELECT EXISTS (SELECT 1 FROM organisation)")).scalar_one()
    if not there:
        make_organisations(owner)
    with owner.begin() as connection:
        made = accounts.create_account(
            connection,
            username=username,
            display_name=f"测试 {username}",
            role=role,
            organisation_code=organisation or home,
            password=password,
            passwords=QUICK_PASSWORDS,
        ).account
        return accounts.disable_account(connection, username) if disabled else made


def make_zone(
    owner: Engine,
    *,
    kind: str = "frontage",
    code: str | None = None,
    at: tuple[float, float] = CORNER,
    width_m: float = 10.0,
    depth_m: float = 5.0,
    geometry: dict[str, Any] | None = None,
    township: str | None = JINSHA,
    name: str | None = None,
    version: int = 1,
    valid_from: date = date(2022, 9, 1),
    valid_to: date | None = None,
    properties: dict[str, Any] | None = None,
) -> str:
    """One version of a zone: a rectangle of `width_m` (east) x `depth_m` (north) around `at`, or a GeoJSON.

    Returns:
        its code.
    """
    code = code or (f"{kind}-{next(_number):05d}" if kind != "township" else township or JINSHA)
    values = {
        "kind": kind,
        "code": code,
        "version": version,
        "name": name or f"测试 {code}",
        "township_code": code if kind == "township" else township,
        "valid": DateRange(valid_from, valid_to),
        "properties": properties or {},
        "source": "test",
        "sample": True,
        "geom": func.ST_GeomFromGeoJSON(json.dumps(geometry))
        if geometry
        else _rectangle(at, width_m, depth_m),
    }
    with owner.begin() as connection:
        connection.execute(insert(zone).values(**values))
    return code


def _rectangle(at: tuple[float, float], width_m: float, depth_m: float) -> Any:
    spot = func.to_metric(func.ST_SetSRID(func.ST_MakePoint(*at), 4326))
    east, north = func.ST_X(spot), func.ST_Y(spot)
    box = func.ST_MakeEnvelope(
        east - width_m / 2, north - depth_m / 2, east + width_m / 2, north + depth_m / 2, func.metric_srid()
    )
    return select(func.ST_Transform(box, 4326)).scalar_subquery()


class MadeSubject(NamedTuple):
    """A responsible subject: its row's id, and the code people know it by."""

    id: UUID
    code: str


def make_subject(
    owner: Engine,
    *,
    zone: str | None = None,
    zone_kind: str = "frontage",
    name: str = "测试水果店",
    kind: str = "shop",
    trade: str | None = None,
    licence: str | None = None,
    township: str | None = JINSHA,
    occupier: str | None = "测试经营者",
    landlord: str | None = None,
    phone: str | None = None,
    valid_from: date = date(2022, 9, 1),
    valid_to: date | None = None,
) -> MadeSubject:
    """A subject that answers for a zone from a day on, its occupier (rank 1) and owner (rank 2) named unless None.

    Args:
        phone: of both persons.
    """
    valid = DateRange(valid_from, valid_to)
    recorded = {"valid": valid, "recorded_at": NOW}
    with owner.begin() as connection:
        made = MadeSubject(
            *connection.execute(
                insert(subject)
                .values(township_code=township, sample=True, created_at=NOW)
                .returning(subject.c.id, subject.c.code)
            ).one()
        )
        said = {"name": name, "kind": kind, "trade": trade, "licence": licence}
        connection.execute(insert(subject_version).values(subject_id=made.id, **said, **recorded))
        if zone:
            place = {"zone_kind": zone_kind, "zone_code": zone}
            connection.execute(insert(subject_place).values(subject_id=made.id, **place, **recorded))
        for rank, person in ((1, occupier), (2, landlord)):
            if person is None:
                continue
            told = {"rank": rank, "name": person, "capacity": "", **recorded}
            named = connection.execute(
                insert(subject_person).values(subject_id=made.id, **told).returning(subject_person.c.id)
            ).scalar_one()
            if phone:
                connection.execute(insert(subject_phone).values(person_id=named, phone=phone))
    return made


def make_category(
    owner: Engine,
    *,
    code: str = "goods_on_pavement",
    parent: str | None = None,
    none_weights: dict[str, float] | None = None,
    about: str | None = None,
    valid_from: date = date(2022, 9, 1),
    valid_to: date | None = None,
) -> str:
    """A category of a list made for tests; returns its code."""
    values = {
        "code": code,
        "parent": parent,
        "name": f"类别 {code}",
        "name_en": code.replace("_", " "),
        "duty": "order",
        "none_weights": none_weights or {"frontage": 0.05, "parking": 0.5},
        "about": about,
        "list_id": "test",
        "list_version": "1",
        "valid": DateRange(valid_from, valid_to),
        "source": "test",
        "sample": True,
    }
    with owner.begin() as connection:
        connection.execute(insert(category).values(**values))
    return code


TONGZHOU = Path(__file__).parents[1] / "demo" / "tongzhou"
RULEBOOKS = TONGZHOU / "rulebooks"


def sample(name: str) -> Any:
    """What a JSON file of the demo says, by its path in demo/tongzhou."""
    return json.loads((TONGZHOU / name).read_text("utf-8"))


def make_rulebook(
    owner: Engine,
    kind: str,
    rows: Sequence[dict[str, Any]] | None = None,
    *,
    valid_from: date | None = None,
) -> int:
    """A rulebook in force from a day, in place of the one before it; returns its id.

    Without rows it is the demo's sample, from the sample's own day. Of the kinds it refers to, the samples are put in
    force before it where nothing of them is yet.
    """
    given = sample(f"rulebooks/{kind}.json") if rows is None else None
    since = valid_from or (date.fromisoformat(given["valid_from"]) if given else date(2022, 1, 1))
    document = {
        **(given or {"kind": kind, "name": f"测试 {kind}", "source": "test", "sample": True, "rows": rows}),
        "valid_from": since.isoformat(),
    }
    for other in rulebooks.BOOKS[kind].names:
        with owner.connect() as connection:
            there = connection.scalar(select(func.count()).where(rulebook.c.kind == other))
        if not there:
            make_rulebook(owner, other)
    with owner.begin() as connection:
        rulebooks.apply_document(connection, document, at=NOW, today=since, rows_max=2000)
        made = rulebooks.in_force(connection, kind, since)
        assert made is not None
        return made.id


def photo_bytes(*, seed: int = 1, size: tuple[int, int] = (64, 48)) -> bytes:
    """A small real JPEG, another one for each seed."""
    picture = Image.frombytes("RGB", (8, 6), random.Random(seed).randbytes(8 * 6 * 3)).resize(size)
    into = io.BytesIO()
    picture.save(into, "JPEG", quality=85)
    return into.getvalue()


def report_json(
    *,
    at: tuple[float, float] = CORNER,
    datum: str = "wgs84",
    accuracy_m: float = 5.0,
    captured_at: datetime = NOW,
    category: str = "goods_on_pavement",
    photos: Sequence[bytes] = (),
    position: dict[str, Any] | None = None,
    **others: Any,
) -> dict[str, Any]:
    """A valid report as a phone sends it; `position` adds to the fix, `others` are further members."""
    lon, lat = at
    fix = {"lon": lon, "lat": lat, "datum": datum, "accuracy_m": accuracy_m, "source": "device"}
    return {
        "captured_at": captured_at.isoformat(),
        "position": {**fix, **(position or {})},
        "category": category,
        "photos": [{"sha256": hashlib.sha256(photo).hexdigest(), "role": "scene"} for photo in photos],
        **others,
    }


def count_rows(owner: Engine, table: str) -> int:
    with owner.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
