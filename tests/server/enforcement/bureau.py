"""A township with powers, certificates and a case: where tests of enforcement begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

from sqlalchemy import Engine, text

from tests import factories
from tests.factories import JINSHA
from tests.server.cases.desk import BEFORE_SOUTH, PEOPLE, Desk, SignIn, make_desk
from tests.server.reports.street import Officer

PEOPLE |= {"reviewer": ("reviewer", "320612"), "intake": ("intake", "320612")}
ALL_YEAR = (date(2026, 1, 1), date(2026, 12, 31))
_seed = count(5000)
KINDS = ("penalty_items", "delegations", "major_rules", "procedures")


@dataclass
class Bureau:
    """The desk, and proceedings on its cases. `officers` are two handlers of Jinsha with certificates."""

    desk: Desk
    officers: list[str]

    def photographed(self) -> str:
        """The number of a new case of a report whose photo arrived."""
        photo = factories.photo_bytes(seed=next(_seed))
        report = factories.report_json(at=BEFORE_SOUTH, accuracy_m=1.0, photos=[photo])
        receipt = Officer(self.desk.client, self.desk.headers("officer")).receipt(report, photo)
        return str(receipt["case"]["number"])

    def post(self, who: str, path: str, **body: Any) -> Any:
        return self.desk.client.post(f"/api/v1{path}", json=body, headers=self.desk.headers(who))

    def proceeding(self, number: str, who: str = "handler") -> dict[str, Any]:
        answer = self.desk.get(who, f"/proceedings/{number}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def filed(self, case: str, **body: Any) -> dict[str, Any]:
        """A proceeding on a case against a unit by name, unless `body` says otherwise."""
        whole = {"officers": self.officers, "item": "spoil_dumped", "party_name": "测试渣土公司", **body}
        answer = self.post("handler", f"/cases/{case}/proceedings", **whole)
        assert answer.status_code == 201, answer.text
        return dict(answer.json)

    def step(self, who: str, number: str, step: str, **inputs: Any) -> Any:
        version = inputs.pop("version", None) or self.proceeding(number)["version"]
        return self.post(who, f"/proceedings/{number}/steps/{step}", version=version, **inputs)

    def took(self, who: str, number: str, step: str, **inputs: Any) -> dict[str, Any]:
        answer = self.step(who, number, step, **inputs)
        assert answer.status_code == 200, f"{step} by {who}: {answer.text}"
        return dict(answer.json)

    def heard(self, case: str, amount: str, **body: Any) -> str:
        """The number of a proceeding whose party was noticed of a fine and heard."""
        number = str(self.filed(case, **body)["number"])
        self.took("handler", number, "inquire", officers=self.officers, note="现场查实")
        self.took(
            "handler", number, "advance_notice", officers=self.officers, outcome="penalty", amount_yuan=amount
        )
        self.took("handler", number, "statement", note="当事人无异议")
        return number


def certify(
    owner: Engine, account: str, *, number: str | None = None, valid: tuple[date, date] = ALL_YEAR
) -> None:
    """A certificate of an account, first and last day counted."""
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO certificate (account_id, organisation_id, kind, number, valid, created_at) "
                "SELECT id, organisation_id, 'enforcement', coalesce(:number, 'C-' || username), "
                "daterange(:first, :last, '[]'), now() FROM account WHERE id = CAST(:account AS uuid)"
            ),
            {"account": account, "number": number, "first": valid[0], "last": valid[1]},
        )


def make_bureau(client: Any, owner: Engine, sign_in: SignIn, *, kinds: tuple[str, ...] = KINDS) -> Bureau:
    """Sample rulebooks in force, and two certified handlers of Jinsha."""
    desk = make_desk(client, owner, sign_in)
    for kind in kinds:
        factories.make_rulebook(owner, kind)
    officers = [desk.account("handler"), desk.account("handler2")]
    for account in officers:
        certify(owner, account)
    assert PEOPLE["handler"][1] == JINSHA
    return Bureau(desk, officers)
