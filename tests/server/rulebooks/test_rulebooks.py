"""Rulebooks of all kinds: samples, days, taking back, what a decision reads again, keepers, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from server.cli import main
from server.rulebooks import store
from server.rulebooks.files import apply_files
from tests import factories
from tests.factories import NOW, RULEBOOKS
from tests.server.rulebooks.promised import LEGAL_TEXTS, ROW
from tests.server.world import SignIn

API = "/api/v1/rulebooks"
SAMPLES = sorted(RULEBOOKS.glob("*.json"))


def test_every_sample_of_the_demo_comes_into_force_once_and_says_where_it_comes_from(owner: Engine) -> None:
    def put() -> dict[str, int]:
        with owner.begin() as connection:
            return apply_files(connection, SAMPLES, at=NOW, today=NOW.date(), rows_max=2000)

    first = put()
    assert min(first.values()) > 0
    assert {*first} == {path.stem for path in SAMPLES}
    assert set(put().values()) == {0}
    with owner.connect() as connection:
        counts = store.counting(connection, NOW.date())
        assert {*counts} == {*first}
        for kind in counts:
            assert counts[kind]["sample"], kind
            found = store.in_force(connection, kind, NOW.date())
            assert found is not None and len(found.rows) == first[kind]


def post(client: FlaskClient, headers: dict[str, str], path: str, body: Any = None) -> Any:
    return client.post(f"{API}/legal_texts/{path}", json=body, headers=headers)


def text_on(client: FlaskClient, headers: dict[str, str], day: str) -> str | None:
    """What the only article says on a day."""
    found = client.get(f"{API}/legal_texts?on={day}", headers=headers).get_json()["set"]
    return found["rows"][0]["text"] if found else None


def test_a_set_comes_into_force_is_followed_and_taken_back_and_each_day_keeps_what_held(
    client: FlaskClient, sign_in: SignIn, owner: Engine
) -> None:
    headers, made = sign_in("reviewer"), dict[str, int]()
    for name in ("old", "new"):
        drafted = post(client, headers, "drafts", {**LEGAL_TEXTS, "rows": [{**ROW, "text": name}]})
        assert drafted.status_code == 201 and drafted.get_json()["state"] == "draft"
        made[name] = drafted.get_json()["id"]
    # The first may begin in the past; the next may not, nor on the day of the one before it.
    for name, day, status in (
        ("old", "2022-01-01", 200), ("old", "2022-01-01", 200), ("old", "2022-01-02", 409),
        ("new", "2026-08-31", 422), ("new", "2021-01-01", 422), ("new", "2026-10-01", 200),
    ):  # fmt: skip
        answer = post(client, headers, f"drafts/{made[name]}/activate", {"valid_from": day})
        assert answer.status_code == status, answer.text
    days = ("2021-12-31", "2026-09-30", "2026-10-01")
    assert [text_on(client, headers, day) for day in days] == [None, "old", "new"]
    assert post(client, headers, f"sets/{made['old']}/withdraw").get_json()["reason"] == "begun"
    for _ in range(2):
        assert post(client, headers, f"sets/{made['new']}/withdraw").get_json()["state"] == "withdrawn"
    assert [text_on(client, headers, day) for day in days] == [None, "old", "old"]
    # What was decided by a set is read again by its number, whatever holds now.
    with owner.connect() as connection:
        assert store.one(connection, made["new"]).rows["rule_3"].text == "new"
        with pytest.raises(IntegrityError):
            connection.execute(text("UPDATE rulebook SET rows = '[]' WHERE version = 1"))
    listed = client.get(f"{API}/legal_texts/sets", headers=headers).get_json()["items"]
    assert [(one["id"], one["state"]) for one in listed] == [
        (made["new"], "withdrawn"),
        (made["old"], "in_force"),
    ]


def test_each_kind_is_written_by_its_keepers_of_the_district_and_read_by_all(
    client: FlaskClient, sign_in: SignIn
) -> None:
    kinds = client.get(API, headers=sign_in("officer")).get_json()["items"]
    assert [one["kind"] for one in kinds] == sorted(store.BOOKS)
    assert {one["in_force"] for one in kinds} == {None}
    laws = next(one for one in kinds if one["kind"] == "legal_texts")
    assert laws["keepers"] == ["admin", "reviewer"] and "clause" in laws["row"]["properties"]
    for role, body, status in (
        ("zone_manager", factories.DISTRICT, 403),
        ("reviewer", factories.JINSHA, 403),
        ("admin", factories.DISTRICT, 201),
    ):
        answer = post(client, sign_in(role, organisation=body), "drafts", LEGAL_TEXTS)
        assert answer.status_code == status, (role, answer.text)


def test_a_file_is_put_in_by_the_command_and_one_with_faults_is_refused_whole(
    owner: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTAGE_DATABASE_URL", database_url)
    monkeypatch.setenv("FRONTAGE_VAR", str(tmp_path / "var"))

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["rulebooks", *arguments])

    bad = tmp_path / "bad.json"
    bad.write_bytes(
        orjson.dumps(
            {**LEGAL_TEXTS, "kind": "legal_texts", "valid_from": "2022-01-01", "rows": [ROW, {**ROW, "x": 1}]}
        )
    )
    refused = run("import", str(RULEBOOKS / "legal_texts.json"), str(bad))
    assert refused.exit_code == 1 and "/rows/1/x" in refused.output
    assert factories.count_rows(owner, "rulebook") == 0
    for said in ("新增 / new 6", "新增 / new 0"):
        done = run("import", str(RULEBOOKS / "legal_texts.json"))
        assert done.exit_code == 0 and said in done.output, done.output
    assert "2022-07-30" in run("list").output
