"""Row 23, small quick cases: from the photo to the finished record in one request and one confirmation."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from tests import factories
from tests.server.cases.desk import SignIn
from tests.server.documents.promised import put_attachment
from tests.server.enforcement.bureau import make_bureau
from tests.server.reports.street import SOUTH


def test_row_23_a_photo_becomes_a_finished_record_by_one_request_and_one_confirmation(
    client: Any, owner: Engine, sign_in: SignIn
) -> None:
    bureau = make_bureau(client, owner, sign_in)
    desk, officers = bureau.desk, bureau.officers
    shop = factories.make_subject(owner, zone=SOUTH, name="云帆鲜果铺")
    case = bureau.photographed()

    begun = desk.get("handler", f"/cases/{case}/simple-procedure").json
    assert begun["subject"]["id"] == str(shop.id) and begun["subject"]["name"] == "云帆鲜果铺"
    assert begun["zone"] == {"kind": "frontage", "code": SOUTH, "name": f"测试 {SOUTH}"}
    first = begun["items"][0]
    assert (first["code"], first["fits"], first["possible"]["allowed"]) == ("goods_outside", True, True)
    assert (first["amount_min_yuan"], first["simple_max_yuan"]) == ("50.00", "200.00")

    whole = {
        "officers": officers,
        "item": first["code"],
        "subject": begun["subject"]["id"],
        "outcome": "penalty",
        "amount_yuan": 100,
        "note": "货物摆出门外,当场查实",
        "statement": "认可,当场改正",
        "attachments": [put_attachment(client, desk.headers("handler"), factories.photo_bytes(seed=23))],
    }
    dear = bureau.post("handler", f"/cases/{case}/simple-procedure", **{**whole, "amount_yuan": 201})
    assert (dear.status_code, dear.json["code"], dear.json["most"]) == (422, "amount_refused", "200.00")
    large = bureau.post("handler", f"/cases/{case}/simple-procedure", **{**whole, "item": "spoil_dumped"})
    assert (large.status_code, large.json["guard"]) == (409, "simple_item")
    assert desk.get("handler", f"/proceedings?case={case}").json["items"] == []

    made = bureau.post("handler", f"/cases/{case}/simple-procedure", **whole)
    assert made.status_code == 201, made.text
    number = made.json["number"]
    assert [step["step"] for step in made.json["steps"]] == [
        "file",
        "inquire",
        "hear_on_spot",
        "decide_on_spot",
    ]
    assert made.json["steps"][1]["said"]["attachments"] == whole["attachments"]
    assert made.json["party"] == {"kind": "unit", "name": "云帆鲜果铺", "subject": shop.code}
    alone = bureau.step("handler", number, "confirm", paid=True)
    assert (alone.status_code, alone.json["guard"]) == (409, "confirmed_by_second")
    ended = bureau.took("handler2", number, "confirm", paid=True)
    assert (ended["state"], ended["decision"]["outcome"], ended["decision"]["amount_yuan"]) == (
        "ended",
        "penalty",
        "100.00",
    )
    entries = [entry["action"] for entry in desk.history(case) if entry["action"].startswith("enforcement.")]
    assert entries == [
        "enforcement.file",
        "enforcement.inquire",
        "enforcement.hear_on_spot",
        "enforcement.decide_on_spot",
        "enforcement.confirm",
    ]
    sums = desk.get("handler", "/decisions").json["sums"]
    assert sums == {"count": 1, "amount_yuan": "100.00", "waived_yuan": "0.00"}
