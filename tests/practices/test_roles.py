"""Each role is let in to the operation of each practice, or is not, as docs/roles.md says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.access import ROLES
from server.cases import states
from server.enforcement import steps_table
from tests import factories
from tests.factories import DISTRICT, JINSHA, NOW
from tests.server.litigation.promised import NOWHERE
from tests.server.patrol.promised_campaigns import CAMPAIGN
from tests.server.patrol.promised_law_cards import LAW_CARDS
from tests.server.world import SignIn

TABLE = Path(__file__).parents[2] / "docs" / "roles.md"
LINE = re.compile(
    r"^\| (?P<row>\d+) \| [^|]+ \| `(?P<method>[A-Z]+) (?P<path>/[^`]+)`( `(?P<form>\w+)`)? "
    r"\|(?P<marks>( [✓区–] \|)+)$",
    re.MULTILINE,
)
EVERYWHERE, AT_THE_DISTRICT, NOBODY = "✓区–"


@dataclass(frozen=True)
class Line:
    """One line of the table: the operation of a practice, and the mark of each role and of the public."""

    row: int
    method: str
    path: str
    form: str | None
    marks: dict[str, str]


def lines() -> Iterator[Line]:
    for found in LINE.finditer(TABLE.read_text("utf-8")):
        marks = dict(zip((*ROLES, "public"), found["marks"].replace("|", "").split(), strict=True))
        yield Line(int(found["row"]), found["method"], found["path"], found["form"], marks)


def by_its_own_table(line: Line) -> dict[str, str] | None:
    """The marks of an action of a case or a step of a proceeding; None of any other operation."""
    rest, _, name = line.path.rpartition("/")
    if rest.endswith("/actions"):
        acting = [row for row in states.TABLE if row.action == name]
        at_home = {role for row in acting if row.home is not states.Home.DISTRICT for role in row.roles}
    elif rest.endswith("/steps"):
        at_home = {role for row in steps_table.TABLE if row.step == name for role in row.roles}
        acting = []
    else:
        return None
    district = {role for row in acting for role in row.roles} - at_home
    return {
        role: EVERYWHERE if role in at_home else AT_THE_DISTRICT if role in district else NOBODY
        for role in (*ROLES, "public")
    }


def status(client: FlaskClient, line: Line, headers: dict[str, str]) -> int:
    """What an operation answers that names nothing there is: whether it lets in is asked before anything else."""
    path = line.path.replace("{kind}", "frontage").replace("{code}", "S-999999").replace("{number}", "none")
    path = path.replace("{rulebook_id}", "1000000")
    path = re.sub(r"\{\w+\}", str(uuid4()), path)
    bodies: dict[str, dict[str, Any]] = {
        "/records/{record_id}": {"form": line.form, "at": NOW.isoformat(), "answers": {}},
        "/campaigns": {**CAMPAIGN, "selection": {"codes": ["none"]}},
        "/law-cards": LAW_CARDS,
        "/rechecks": {"from": "2026-11-01", "to": "2026-11-30", "size": 5},
        "/ratings/publications": {"on": "2026-09-01"},
        "/matters/{matter_id}": NOWHERE,
        "/drafts": {"name": "test", "source": "test", "rows": [{}]},
        "/activate": {"valid_from": "2026-11-01"},
    }
    body = next((body for end, body in bodies.items() if line.path.endswith(end)), {})
    sent: dict[str, Any] = {} if line.method == "GET" else {"json": body}
    return client.open(f"/api/v1{path}", method=line.method, headers=headers, **sent).status_code


def test_each_role_is_let_in_to_each_practice_as_the_table_says(
    client: FlaskClient, sign_in: SignIn, owner: Engine
) -> None:
    factories.make_rulebook(owner, "forms")
    table = list(lines())
    assert [line.row for line in table] == list(range(1, 43))
    township = {role: sign_in(role, organisation=JINSHA) for role in ROLES}
    district = {role: sign_in(role, organisation=DISTRICT) for role in ROLES}
    wrong: list[tuple[Any, ...]] = []
    for line in table:
        own = by_its_own_table(line)
        if own is not None:
            wrong += [] if own == line.marks else [(line.row, line.marks, own)]
            continue
        for role in ROLES:
            mark = line.marks[role]
            here = mark != NOBODY and status(client, line, township[role]) != 403
            there = mark == EVERYWHERE or status(client, line, district[role]) != 403
            found = EVERYWHERE if here and there else AT_THE_DISTRICT if there else NOBODY
            wrong += [] if found == mark else [(line.row, role, found)]
        if (status(client, line, {}) == 401) == (line.marks["public"] == EVERYWHERE):
            wrong.append((line.row, "public", line.marks["public"]))
    assert wrong == []
