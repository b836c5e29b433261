"""Puts the demo district into an empty database: organisations, zones, categories, accounts with random passwords.

Only an empty database is taken: one that has organisations or accounts belongs to somebody. The passwords are
written to one file of mode 0600 and nowhere else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from demo.duty import load_duty
from demo.subjects import load_subjects
from geo.observation import Kind
from server.assessment.indicators import keep_set, sample_set
from server.cases.calendars import store as calendar_store
from server.cases.calendars.wire import CalendarIn, HoursIn
from server.cases.deadlines import store as deadline_store
from server.cases.deadlines.wire import DeadlinesIn
from server.patrol.law_cards.cards import keep as keep_law_cards
from server.patrol.law_cards.wire import LawCardsIn
from server.people.accounts import create_account, put_organisations, set_password
from server.people.passwords import Passwords
from server.people.tables import account, organisation
from server.places.categories.store import apply_document as apply_categories
from server.places.importing import apply_zones, read_zones
from server.places.parking.streets import apply_streets, read_streets
from server.places.rules import store as rule_store
from server.places.rules.files import read_json as read_rules
from server.places.services.cells import apply_template
from server.rulebooks.files import apply_files
from settings.rulebooks import Rulebooks

TONGZHOU = Path(__file__).parent / "tongzhou"
SOURCE = "Frontage demo district (sample, made up)"
VALID_FROM = date(2022, 9, 1)
TIME_ZONE = "Asia/Shanghai"
OFFICE_HOURS = "1-5 08:30-12:00; 1-5 14:00-17:30"
# Townships first: the others name theirs.
KINDS = (
    Kind.TOWNSHIP,
    Kind.COMMUNITY,
    Kind.FRONTAGE,
    Kind.PARKING,
    Kind.GRID,
    Kind.SITE,
    Kind.SERVICE_POINT,
)
# As old as the district's zones and categories.
RULES_VALID_FROM = date(2022, 9, 1)


class DemoRefused(RuntimeError):
    """The database is not empty, so the demo stays out of it; the message says what is there."""


@dataclass(frozen=True)
class Loaded:
    """How much was written."""

    organisations: int
    zones: int
    categories: int
    accounts: int


def is_empty(connection: Connection) -> bool:
    """Whether nobody has put organisations or accounts into this database."""
    counts = [connection.scalar(select(func.count()).select_from(table)) for table in (organisation, account)]
    return not any(counts)


def load(
    connection: Connection,
    accounts_file: Path,
    progress: Callable[[str, int, int], None] = lambda what, done, of: None,
) -> Loaded:
    """Write the district in the caller's transaction.

    Args:
        accounts_file: gets the list of `{username, password, role, township}`, mode 0600, in one step.
        progress: called with what is loaded, how much is done, and of how much.
    Raises:
        DemoRefused: the database is not empty.
    """
    if not is_empty(connection):
        raise DemoRefused(
            "数据库中已有机构或账号,演示数据只装入空库。 / "
            "The database has organisations or accounts: the demo only goes into an empty one."
        )
    bodies = [{**body, "sample": True} for body in read_json("organisations.json")]
    put_organisations(connection, bodies)
    zones = sum(_load_zones(connection, kind, progress) for kind in KINDS)
    _load_streets(connection)
    apply_template(connection, read_json("cell_code_template.json"))
    categories = apply_categories(connection, read_json("categories.json"), at=datetime.now(UTC))
    _load_rules(connection)
    _load_times(connection)
    keep_set(connection, sample_set(), datetime.now(UTC))
    people = _load_people(connection, progress)
    load_duty(connection, datetime.now(UTC), TIME_ZONE)
    _load_subjects(connection)
    _load_rulebooks(connection)
    keep_law_cards(connection, LawCardsIn.model_validate(read_json("law_cards.json")), datetime.now(UTC))
    _write_private(accounts_file, people)
    return Loaded(len(bodies), zones, categories, len(people))


def renew_passwords(connection: Connection, accounts_file: Path) -> int:
    """Give the demo's accounts new passwords, for a data folder that lost the file of the old ones.

    Raises:
        DemoRefused: one of them is missing or is no sample account.
    """
    people = read_json("people.json")
    samples = set(connection.scalars(select(account.c.username).where(account.c.sample)))
    if not all(person["username"] in samples for person in people):
        raise DemoRefused(
            "数据库中没有演示账号。 / This database does not have the demo's accounts: nothing to send as."
        )
    passwords = Passwords()
    renewed = [
        _entry(person, set_password(connection, person["username"], passwords=passwords)) for person in people
    ]
    _write_private(accounts_file, renewed)
    return len(renewed)


def read_json(name: str) -> Any:
    """One file of the demo district."""
    return json.loads((TONGZHOU / name).read_text(encoding="utf-8"))


def _load_zones(connection: Connection, kind: Kind, progress: Callable[[str, int, int], None]) -> int:
    zones = read_zones(kind, read_json(f"zones/{kind.value}.geojson"))
    counts = apply_zones(
        connection,
        kind,
        zones,
        source=SOURCE,
        progress=lambda done: progress(kind.value, done, len(zones)),
    )
    return counts.new


def _load_rules(connection: Connection) -> None:
    """The sample routing rules, in force from the first day of the demo's zones."""
    given = read_rules((TONGZHOU / "routing_rules.json").read_bytes())
    now = datetime.now(UTC)
    many = len(given.rules)
    made = rule_store.keep_draft(connection, given, at=now, on=now.date(), rules_max=many)
    rule_store.activate(connection, made, RULES_VALID_FROM, at=now, today=now.date(), rules_max=many)


def _load_times(connection: Connection) -> None:
    """The sample calendar, office hours and deadlines, in force from the first day of the demo's zones."""
    at = datetime.now(UTC)
    now = calendar_store.Now(at, TIME_ZONE, at.astimezone(ZoneInfo(TIME_ZONE)).date())
    calendar_store.import_calendar(
        connection, CalendarIn.model_validate(read_json("work_calendar.json")), now
    )
    hours = HoursIn.model_validate(
        {"valid_from": VALID_FROM.isoformat(), "hours": OFFICE_HOURS, "source": SOURCE, "sample": True}
    )
    calendar_store.put_hours(connection, hours, now)
    given = DeadlinesIn.model_validate(read_json("deadlines.json"))
    made = deadline_store.keep_draft(connection, given, at=at, on=now.today, rows_max=len(given.rows))
    deadline_store.activate(connection, made, VALID_FROM, at=at, today=now.today)


def _load_rulebooks(connection: Connection) -> None:
    """The sample rulebooks of all kinds, each in force from the day that its file says."""
    at = datetime.now(UTC)
    today = at.astimezone(ZoneInfo(TIME_ZONE)).date()
    rows_max = Rulebooks().rulebook_rows_max_count
    apply_files(connection, (TONGZHOU / "rulebooks").glob("*.json"), at=at, today=today, rows_max=rows_max)


def _load_streets(connection: Connection) -> None:
    streets = read_streets(read_json("streets.geojson"))
    apply_streets(connection, streets, valid_from=VALID_FROM, source=SOURCE, sample=True)


def _load_subjects(connection: Connection) -> None:
    """Who answers for whole streets, markets and sites; tenants changed some weeks before today."""
    at = datetime.now(UTC)
    fronts, sites = (
        [feature["properties"] for feature in read_json(f"zones/{layer}.geojson")["features"]]
        for layer in ("frontage", "site")
    )
    load_subjects(connection, fronts, sites, at, at.astimezone(ZoneInfo(TIME_ZONE)).date())


def _load_people(
    connection: Connection, progress: Callable[[str, int, int], None]
) -> list[dict[str, str | None]]:
    people, made = read_json("people.json"), []
    passwords = Passwords()
    for done, person in enumerate(people, start=1):
        account_made = create_account(
            connection,
            username=person["username"],
            display_name=person["display_name"],
            role=person["role"],
            organisation_code=person["organisation"],
            sample=True,
            passwords=passwords,
        )
        made.append(_entry(person, account_made.password))
        progress("account", done, len(people))
    return made


def _entry(person: dict[str, str], password: str) -> dict[str, str | None]:
    code = person["organisation"]
    return {
        "username": person["username"],
        "password": password,
        "role": person["role"],
        "township": code if len(code) == 9 else None,
    }


def _write_private(path: Path, value: Any) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
