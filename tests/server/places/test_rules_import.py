"""Rule sets come from files or over HTTP: checked whole, kept as drafts that never change, and in force from a day."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from server.cli import main
from server.csv_text import FileUnreadable
from server.places.rules.files import read_csv
from tests import factories
from tests.factories import DISTRICT, JINSHA, JINXIN, SHIGANG

API = "/api/v1/routing-rules"
CSV = (
    "code,category,zone_kind,zone,township,hours,valid_from,valid_to,body,note\r\n"
    "R1,goods_on_pavement,frontage,,320612001,1-5 08:00-18:00;6 09:00-12:00,,,township,占道\r\n"
    "R2,,,F-1,,,2026-09-01,2026-10-01,320612,\r\n"
)


@pytest.fixture
def district(owner: Engine) -> Engine:
    """Organisations, a category below another, and a frontage zone."""
    factories.make_organisations(owner)
    factories.make_category(owner, code="street_order")
    factories.make_category(owner, code="goods_on_pavement", parent="street_order")
    factories.make_zone(owner, code="F-1")
    return owner


@pytest.fixture
def post(client, sign_in, district) -> Callable[..., Any]:
    """`post({...})`: send a set as a draft as the district's dispatcher."""
    headers = sign_in("dispatcher", organisation=DISTRICT)

    def send(*rules: dict[str, Any], **others: Any) -> Any:
        return client.post(
            f"{API}/drafts", json={"name": "test", "rules": list(rules), **others}, headers=headers
        )

    return send


def rule(code: str = "R1", body: str = "township", **others: Any) -> dict[str, Any]:
    return {"code": code, "body": body, **others}


def count(owner: Engine) -> int:
    return factories.count_rows(owner, "routing_rule_set")


def test_a_good_set_becomes_a_draft_and_is_told_back_as_it_is_kept(post, district):
    answer = post(
        rule(category="goods_on_pavement", hours=["1-5 18:00-08:00"], note="夜间"), source="会议纪要"
    )
    assert answer.status_code == 201, answer.text
    told = answer.json
    assert (told["state"], told["version"], told["rule_count"]) == ("draft", None, 1)
    assert told["rules"][0]["hours"] == ["1-5 18:00-08:00"] and told["rules"][0]["note"] == "夜间"
    assert told["specificity"] == ["zone", "category", "zone_kind", "township", "hours", "dates"]


def test_the_kind_of_a_zone_that_only_one_kind_has_need_not_be_said(post):
    assert post(rule(zone="F-1")).json["rules"][0]["zone_kind"] == "frontage"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (rule(category="no_such"), "/rules/0/category"),
        (rule(township="320612999"), "/rules/0/township"),
        (rule(zone="F-9"), "/rules/0/zone"),
        (rule(zone_kind="parking", zone="F-1"), "/rules/0/zone_kind"),
        (rule(body="320699"), "/rules/0/body"),
        (rule(hours=["08:00-25:00"]), "/rules/0/hours"),
    ],
)
def test_a_name_nobody_knows_is_refused_in_both_languages(post, district, given, path):
    answer = post(given)
    assert (answer.status_code, answer.json["code"]) == (422, "routing_rules_refused"), answer.text
    (error,) = answer.json["errors"]
    assert error["path"] == path and "R1" in error["message"] and " / rule R1" in error["message"]
    assert count(district) == 0


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (rule(zone_kind="township"), "/rules/0/zone_kind"),
        (rule(zone_kind="castle"), "/rules/0/zone_kind"),
        (rule(colour="red"), "/rules/0/colour"),
        (rule(hours=["all day"]), "/rules/0/hours/0"),
        (rule(valid_from="2026-09-01", valid_to="2026-09-01"), "/rules/0"),
        (rule(valid_from=1), "/rules/0/valid_from"),
        (rule(valid_from="2026-02-30"), "/rules/0/valid_from"),
        (rule(body="x\x00"), "/rules/0/body"),
        ({"code": "R1"}, "/rules/0/body"),
    ],
)
def test_a_rule_that_has_no_such_form_is_refused_by_its_place(post, district, given, path):
    answer = post(given)
    assert (answer.status_code, answer.json["code"]) == (422, "input_refused"), answer.text
    assert [error["path"] for error in answer.json["errors"]] == [path]
    assert count(district) == 0


def test_a_tie_is_refused_with_both_rules_and_a_report_both_hold_for(post, district):
    answer = post(
        rule("office", DISTRICT, category="street_order", hours=["1-5 08:00-18:00"]),
        rule("all", JINXIN, category="street_order"),
        rule("friday", JINSHA, category="street_order", hours=["5 17:00-23:00"]),
    )
    assert (answer.status_code, answer.json["code"]) == (422, "routing_rules_refused")
    (tie,) = answer.json["ties"]
    assert tie["rules"] == ["office", "friday"]
    at = tie["example"]["at"]
    assert date.fromisoformat(at[:10]).isoweekday() == 5 and at[11:] == "17:00"
    assert tie["example"]["category"] == "street_order" and tie["example"]["township"]
    (error,) = answer.json["errors"]
    assert "office" in error["message"] and "friday" in error["message"] and at in error["message"]
    assert count(district) == 0


def test_rules_whose_hours_or_days_never_meet_do_not_tie(post):
    answer = post(
        rule("day", hours=["08:00-18:00"]),
        rule("night", hours=["18:00-08:00"]),
        rule("september", valid_from="2026-09-01", valid_to="2026-10-01"),
        rule("october", valid_from="2026-10-01", valid_to="2026-11-01"),
    )
    assert answer.status_code == 201, answer.text


def test_every_fault_is_told_at_once_and_a_code_may_stand_once_only(post):
    answer = post(rule("A", body="1"), rule("A", category="x"), rule("C", township="y", zone="z"))
    paths = {error["path"] for error in answer.json["errors"]}
    assert paths == {"/rules", "/rules/0/body", "/rules/1/category", "/rules/2/township", "/rules/2/zone"}


def test_a_set_of_too_many_rules_is_refused(post, district):
    answer = post(*(rule(f"R{n}", township=JINSHA) for n in range(501)))
    assert (answer.status_code, answer.json["errors"][0]["path"]) == (422, "/rules")
    assert count(district) == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_as_a_spreadsheet_saves_it_gives_the_same_rules(client, sign_in, district, encoding):
    answer = client.post(
        f"{API}/drafts?name=csv",
        data=CSV.encode(encoding),
        content_type="text/csv",
        headers=sign_in("admin"),
    )
    assert answer.status_code == 201, answer.text
    first, second = answer.json["rules"]
    assert first["hours"] == ["1-5 08:00-18:00", "6 09:00-12:00"] and first["note"] == "占道"
    assert (second["zone"], second["zone_kind"], second["valid_to"]) == ("F-1", "frontage", "2026-10-01")
    assert second["category"] is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"colour,body\r\nred,1\r\n",
        b"code,body\r\nR1\r\n",
        b"code,body\r\nR1,2,3\r\n",
        b"\xff\xfe\xff",
        b'code,body\r\n"R1,township\r\n',
    ],
)
def test_bytes_that_are_no_such_csv_are_malformed(client, sign_in, district, data):
    with pytest.raises(FileUnreadable):
        read_csv(data, {"name": "x"})
    answer = client.post(f"{API}/drafts?name=x", data=data, content_type="text/csv", headers=sign_in("admin"))
    assert (answer.status_code, answer.json["code"]) == (400, "malformed_request")


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"x", "text/plain", 415),
        (b"", "", 415),
    ],
)
def test_a_body_that_is_no_rule_set_is_refused(client, sign_in, district, data, content_type, status):
    answer = client.post(f"{API}/drafts", data=data, content_type=content_type, headers=sign_in("admin"))
    assert answer.status_code == status
    assert client.post(f"{API}/drafts", data=CSV, content_type="text/csv", headers=sign_in("admin")).json[
        "errors"
    ] == [{"path": "/name", "message": "a CSV is named by ?name="}]


# --- In force ---------------------------------------------------------------------------------------------------


@pytest.fixture
def activate(client, sign_in, district) -> Callable[[int, str], Any]:
    headers = sign_in("admin", organisation=DISTRICT)

    def send(set_id: int, day: str) -> Any:
        return client.post(f"{API}/drafts/{set_id}/activate", json={"valid_from": day}, headers=headers)

    return send


def test_a_set_that_comes_into_force_ends_the_one_before_it(post, activate, client, sign_in):
    first, second = post(rule()).json["id"], post(rule("R2")).json["id"]
    told = activate(first, "2026-09-01").json
    assert (told["version"], told["state"], told["valid_from"]) == (1, "in_force", "2026-09-01")
    told = activate(second, "2026-09-10").json
    assert (told["version"], told["state"]) == (2, "coming")
    items = client.get(API, headers=sign_in("dispatcher")).json["items"]
    assert [(one["id"], one["valid_from"], one["valid_to"]) for one in items] == [
        (second, "2026-09-10", None),
        (first, "2026-09-01", "2026-09-10"),
    ]


def test_bringing_a_set_into_force_again_changes_nothing_and_from_another_day_is_refused(post, activate):
    made = post(rule()).json["id"]
    first = activate(made, "2026-09-02")
    assert activate(made, "2026-09-02").json == first.json
    again = activate(made, "2026-09-03")
    assert (again.status_code, again.json["code"]) == (409, "routing_rules_in_force")
    assert again.json["valid_from"] == "2026-09-02"


def test_a_set_may_not_begin_before_the_one_in_force(post, activate):
    activate(post(rule()).json["id"], "2026-09-05")
    late = activate(post(rule()).json["id"], "2026-09-05")
    assert (late.status_code, late.json["code"], late.json["reason"]) == (422, "routing_day_refused", "early")


def test_an_unknown_draft_is_not_found(activate, client, sign_in):
    assert activate(77, "2026-09-02").status_code == 404
    headers = sign_in("admin")
    assert client.get(f"{API}/77", headers=headers).status_code == 404
    assert client.get(f"{API}/drafts/77/replay", headers=headers).status_code == 404
    assert client.get(f"{API}/{2**63}", headers=headers).status_code == 422


def test_a_draft_that_names_what_is_gone_meanwhile_does_not_come_into_force(post, activate, district):
    made = post(rule(category="goods_on_pavement")).json["id"]
    with district.begin() as connection:
        connection.execute(text("UPDATE category SET valid = daterange(lower(valid), '2026-08-01')"))
    answer = activate(made, "2026-09-02")
    assert (answer.status_code, answer.json["code"]) == (422, "routing_rules_refused")


def test_what_stands_in_a_set_cannot_be_changed_even_by_the_owner(post, activate, district):
    assert activate(post(rule()).json["id"], "2026-09-02").status_code == 200
    for change in ("rules = '[]'", "name = 'x'", "version = 9", "valid = '[2026-10-01,)'", "valid = NULL"):
        with (
            pytest.raises(DBAPIError, match="only comes into force"),
            district.begin() as connection,
        ):
            connection.execute(text(f"UPDATE routing_rule_set SET {change}"))
    with pytest.raises(DBAPIError, match="only comes into force"), district.begin() as connection:
        connection.execute(text("DELETE FROM routing_rule_set"))


def test_a_township_neither_reads_nor_writes_rules(client, sign_in, post, as_app_role):
    made = post(rule()).json["id"]
    for role in ("dispatcher", "admin"):
        headers = sign_in(role, organisation=JINSHA)
        for answer in (
            client.get(API, headers=headers),
            client.get(f"{API}/{made}", headers=headers),
            client.get(f"{API}/drafts/{made}/replay", headers=headers),
            client.post(f"{API}/drafts", json={"name": "x", "rules": []}, headers=headers),
            client.post(f"{API}/drafts/{made}/activate", json={"valid_from": "2026-09-02"}, headers=headers),
        ):
            assert (answer.status_code, answer.json["code"]) == (403, "not_allowed")


# --- The command line -----------------------------------------------------------------------------------------


@pytest.fixture
def frontage(database_url, config, district, monkeypatch, tmp_path) -> Callable[..., Any]:
    for name, value in {"DATABASE_URL": database_url, "VAR": str(config.var)}.items():
        monkeypatch.setenv(f"FRONTAGE_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(
        main, ["rules", *map(str, arguments)], catch_exceptions=False
    )


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_a_file_is_checked_imported_listed_tried_and_brought_into_force_by_commands(
    frontage, district, tmp_path
):
    file = written(tmp_path / "rules.csv", CSV)
    assert "rules 2" in frontage("import", file, "--dry-run").output and count(district) == 0
    assert "草案 / draft" in frontage("import", file, "--source", "test").output
    with district.connect() as connection:
        made = connection.execute(text("SELECT id FROM routing_rule_set")).scalar_one()
    assert "reports 0" in frontage("replay", made, "--days", 3).output
    assert frontage("activate", made, "--from", "2099-01-01").exit_code == 0
    (line,) = [line for line in frontage("list").output.splitlines() if "2099-01-01" in line]
    assert "coming" in line and "rules" in line


def test_a_file_with_faults_is_refused_with_all_of_them_and_an_exit_code(frontage, district, tmp_path):
    tied = {"name": "x", "rules": [rule("A"), rule("B", SHIGANG)]}
    result = frontage("import", written(tmp_path / "tied.json", tied))
    assert result.exit_code == 1 and "A" in result.stderr and "同样具体" in result.stderr
    assert frontage("import", written(tmp_path / "no.json", "{")).exit_code == 1
    unknown = frontage("import", written(tmp_path / "u.json", {"name": "x", "rules": [{"code": "A"}]}))
    assert unknown.exit_code == 1 and "/rules/0/body" in unknown.stderr
    assert frontage("activate", 5, "--from", "2026-09-02").exit_code == 1
    assert frontage("replay", 5).exit_code == 1
    assert count(district) == 0
