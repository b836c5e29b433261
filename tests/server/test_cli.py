"""Operators' commands against a real database: what they print, what they change, and how they leave."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import click
import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from config import Config
from server.cli import main
from server.cli.schema import shown
from tests import factories
from tests.factories import CORNER, DISTRICT, JINSHA, PASSWORD
from tests.server.world import send_report

SignIn = Callable[..., dict[str, str]]
Run = Callable[..., Result]


@pytest.fixture
def frontage(database_url: str, config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """`frontage("users", "list")` on this test's database and data folder."""
    settings = {"FRONTAGE_DATABASE_URL": database_url, "FRONTAGE_VAR": str(config.var), "COLUMNS": "200"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(main, list(arguments), input=typed, catch_exceptions=False)

    yield run


def all_commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from all_commands(command, (*path, name))


@pytest.mark.parametrize("path", [path for path, _ in all_commands(main)], ids=" ".join)
def test_every_command_explains_itself_in_both_languages_whatever_the_settings(
    path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTAGE_NO_SUCH_SETTING", "1")
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    assert any("\u4e00" <= letter <= "\u9fff" for letter in result.output) and " / " in result.output


def test_mistaken_settings_are_all_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTAGE_PORT", "eighty")
    monkeypatch.setenv("FRONTAGE_NO_SUCH_SETTING", "1")
    result = CliRunner().invoke(main, ["users", "list"])
    assert result.exit_code == 2
    assert "FRONTAGE_PORT" in result.stderr and "FRONTAGE_NO_SUCH_SETTING" in result.stderr


def test_a_database_that_is_not_there_is_told_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTAGE_DATABASE_URL", f"postgresql://me:hush@/none?host={tmp_path}")
    result = CliRunner().invoke(main, ["users", "list"])
    assert result.exit_code == 3
    assert "无法连接数据库" in result.stderr and "hush" not in result.output


def test_settings_are_listed_with_default_and_reason_and_without_passwords(
    frontage: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTAGE_DATABASE_URL", "postgresql://me:hush@db.example/frontage")
    result = frontage("config")
    assert result.exit_code == 0 and "hush" not in result.output
    assert "postgresql://me:***@db.example/frontage" in result.output
    missing = [name for name in Config.model_fields if f"FRONTAGE_{name.upper()}" not in result.output]
    assert missing == []


@pytest.mark.parametrize(
    ("value", "text_shown"),
    [
        (None, "-"),
        (8, "8"),
        ("s3://photos/x", "s3://photos/x"),
        ("postgresql://a:b@c/d", "postgresql://a:***@c/d"),
        ("postgresql://a:b@c:port/d", "postgresql://***"),
        ("postgresql://a@/d?host=/run&password=b", "postgresql://a@/d?host=%2Frun"),
    ],
)
def test_a_setting_never_shows_a_password(value: object, text_shown: str) -> None:
    assert shown(value) == text_shown


def test_an_account_is_made_listed_disabled_and_enabled(frontage: Run, owner: Engine) -> None:
    factories.make_organisations(owner)
    made = frontage("users", "add", "li.na", "--name", "李娜", "--role", "officer", "--body", JINSHA)
    assert made.exit_code == 0 and "password" in made.output
    assert "li.na" in frontage("users", "list").output
    for verb, told in (("disable", "停用"), ("enable", "启用")):
        assert frontage("users", verb, "li.na").exit_code == 0
        (line,) = [line for line in frontage("users", "list").output.splitlines() if "li.na" in line]
        assert told in line


def test_a_typed_password_is_never_shown(frontage: Run, owner: Engine) -> None:
    account = factories.make_account(owner)
    typed = f"{PASSWORD} 2\n" * 2
    result = frontage("users", "set-password", account.username, "--ask-password", typed=typed)
    assert result.exit_code == 0 and PASSWORD not in result.output


def test_an_account_that_cannot_be_is_refused_with_the_reason(frontage: Run, owner: Engine) -> None:
    factories.make_organisations(owner)
    result = frontage("users", "add", "Li Na", "--name", "李娜", "--role", "officer", "--body", DISTRICT)
    assert result.exit_code == 1 and "用户名" in result.stderr
    assert factories.count_rows(owner, "account") == 0


def zone_file(path: Path, *codes: str, ring: list[list[float]] | None = None) -> str:
    lon, lat = CORNER
    square = [[lon, lat], [lon + 1e-4, lat], [lon + 1e-4, lat + 1e-4], [lon, lat + 1e-4], [lon, lat]]
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": code, "township": JINSHA, "valid_from": "2022-09-01"},
            "geometry": {"type": "Polygon", "coordinates": [ring or square]},
        }
        for code in codes
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return str(path)


def test_zones_are_imported_once_and_a_dry_run_writes_nothing(
    frontage: Run, owner: Engine, tmp_path: Path
) -> None:
    file = zone_file(tmp_path / "strips.geojson", "A", "B")
    dry = frontage("zones", "import", "frontage", file, "--dry-run")
    assert "new 2" in dry.output and factories.count_rows(owner, "zone") == 0
    assert "new 2" in frontage("zones", "import", "frontage", file).output
    assert "unchanged 2" in frontage("zones", "import", "frontage", file, "--source", "again").output
    with owner.connect() as connection:
        sources = set(connection.scalars(text("SELECT source FROM zone")))
    assert sources == {"strips.geojson"}


def test_a_file_of_zones_with_faults_is_refused_with_all_of_them(
    frontage: Run, owner: Engine, tmp_path: Path
) -> None:
    lon, lat = CORNER
    bow_tie = [[lon, lat], [lon + 1e-4, lat + 1e-4], [lon + 1e-4, lat], [lon, lat + 1e-4], [lon, lat]]
    result = frontage(
        "zones", "import", "frontage", zone_file(tmp_path / "x.geojson", "A", "B", ring=bow_tie)
    )
    assert result.exit_code == 1
    assert "features[0]" in result.stderr and "features[1]" in result.stderr
    assert factories.count_rows(owner, "zone") == 0


def test_a_file_that_is_no_layer_is_refused(frontage: Run, tmp_path: Path) -> None:
    (tmp_path / "x.geojson").write_text("{", encoding="utf-8")
    result = frontage("zones", "import", "frontage", str(tmp_path / "x.geojson"))
    assert result.exit_code == 1 and "not JSON" in result.stderr


def category_file(path: Path, **change: Any) -> str:
    row = {
        "code": "goods",
        "parent": None,
        "name_zh": "占道经营",
        "name_en": "goods",
        "duty": "order",
        "weights": {"frontage": 0.1},
    }
    document = {
        "list_id": "local",
        "list_version": "1",
        "valid_from": "2022-09-01",
        "source": "test",
        "sample": True,
        "categories": [row],
    }
    path.write_text(json.dumps({**document, **change}), encoding="utf-8")
    return str(path)


def test_a_list_of_categories_is_imported_once(frontage: Run, owner: Engine, tmp_path: Path) -> None:
    file = category_file(tmp_path / "categories.json")
    assert ": 1" in frontage("categories", "import", file, "--dry-run").output
    assert factories.count_rows(owner, "category") == 0
    assert ": 1" in frontage("categories", "import", file).output
    assert ": 0" in frontage("categories", "import", file).output
    assert factories.count_rows(owner, "category") == 1


def test_a_list_of_categories_with_a_fault_is_refused(frontage: Run, tmp_path: Path) -> None:
    result = frontage("categories", "import", category_file(tmp_path / "x.json", valid_from="soon"))
    assert result.exit_code == 1 and "soon" in result.stderr


def test_a_match_is_shown_with_its_reasons(frontage: Run, owner: Engine) -> None:
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    zone = factories.make_zone(owner, width_m=30, depth_m=30)
    lon, lat = (str(number) for number in CORNER)
    result = frontage("match", lon, lat, "--accuracy-m", "3")
    assert result.exit_code == 0, result.stderr
    assert zone in result.output and JINSHA in result.output
    assert "定位精度 3 米" in result.output and "certain" in result.output
    far = frontage("match", lon, lat, "--accuracy-m", "3", "--datum", "bd09")
    assert "moved" in far.output and zone not in far.output


def receive(owner: Engine, client: FlaskClient, sign_in: SignIn) -> tuple[str, str]:
    """A report with its photo, taken in through the API: the photo's digest and the number of the case."""
    factories.make_organisations(owner)
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    photo = factories.photo_bytes()
    report = factories.report_json(photos=[photo])
    answer = send_report(client, sign_in("officer"), uuid4(), report, photo)
    assert answer.status_code == 201, answer.text
    return report["photos"][0]["sha256"], answer.get_json()["case"]["number"]


@pytest.mark.usefixtures("app")
def test_evidence_that_is_whole_is_counted(
    frontage: Run, owner: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    receive(owner, client, sign_in)
    result = frontage("verify")
    assert result.exit_code == 0
    assert "cases 1" in result.output and "entries 1" in result.output and "photos 1" in result.output


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("break_it", "told"),
    [(flip_a_byte, "照片被改动"), (Path.unlink, "照片缺失")],
    ids=["altered", "missing"],
)
def test_a_photo_that_is_not_what_was_received_is_named(
    break_it: Callable[[Path], None],
    told: str,
    frontage: Run,
    owner: Engine,
    client: FlaskClient,
    sign_in: SignIn,
    config: Config,
) -> None:
    sha256, _ = receive(owner, client, sign_in)
    break_it(next((config.var / "photos").rglob(sha256)))
    result = frontage("verify")
    assert result.exit_code == 1
    assert told in result.output and sha256 in result.output
    assert frontage("verify", "--no-photos").exit_code == 0


def test_the_first_broken_link_is_named(
    frontage: Run, owner: Engine, client: FlaskClient, sign_in: SignIn
) -> None:
    _, number = receive(owner, client, sign_in)
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE ledger DISABLE TRIGGER USER"))
        connection.execute(text("UPDATE ledger SET body = body || ' '"))
    result = frontage("verify")
    assert result.exit_code == 1
    assert number in result.output and "内容与其哈希不符" in result.output


def test_photos_without_a_report_are_counted_and_removed_once_old(
    frontage: Run, owner: Engine, client: FlaskClient, sign_in: SignIn, config: Config
) -> None:
    kept, _ = receive(owner, client, sign_in)
    orphan = config.var / "photos" / "ab" / "cd" / ("abcd" + "0" * 60)
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"x")
    os.utime(orphan, (0, 0))
    assert ": 1" in frontage("photos", "sweep", "--dry-run").output
    assert orphan.exists()
    assert "removed 1" in frontage("photos", "sweep").output
    assert not orphan.exists() and next((config.var / "photos").rglob(kept)).exists()


def test_jobs_that_failed_for_good_are_shown_and_make_the_command_fail(frontage: Run, owner: Engine) -> None:
    assert frontage("jobs").exit_code == 0
    with owner.begin() as connection:
        connection.execute(text("SELECT job_put_v1('make_thumbnail', '{}')"))
        assert frontage("jobs").exit_code == 0
        connection.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
        connection.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
    result = frontage("jobs")
    assert result.exit_code == 1
    assert "make_thumbnail" in result.output and "failed" in result.output


def test_the_schema_is_checked_and_migrating_again_changes_nothing(frontage: Run) -> None:
    assert frontage("db", "check").exit_code == 0


def test_a_schema_that_differs_is_told(frontage: Run, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE outbox ADD COLUMN stray integer"))
    result = frontage("db", "check")
    assert result.exit_code == 1 and "stray" in result.output


def test_a_database_without_schema_says_which_command_makes_it(frontage: Run, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(text("DROP TABLE account CASCADE"))
    result = frontage("users", "list")
    assert result.exit_code == 3 and "frontage db migrate" in result.stderr


def test_the_demo_stays_out_of_a_database_with_other_accounts(
    frontage: Run, owner: Engine, config: Config
) -> None:
    factories.make_account(owner)
    result = frontage("demo", "load")
    assert result.exit_code == 1 and "空库" in result.stderr
    assert not (config.var / "demo-accounts.json").exists()
    assert factories.count_rows(owner, "account") == 1


def test_bodies_come_from_a_file_all_or_none_and_a_second_time_only_renames(
    frontage: Run, owner: Engine, tmp_path: Path
) -> None:
    district = {"code": "110000", "kind": "district", "name": "M", "body_name_zh": "米", "body_name_en": "M"}
    township = {**district, "code": "110000001", "kind": "township", "name": "W"}

    def given(content: Any) -> Result:
        file = tmp_path / "bodies.json"
        file.write_text(json.dumps(content))
        return frontage("bodies", "import", str(file))

    for content in (
        [township],
        {"code": "1"},
        [district, {"code": "110000001"}],
        [district, {**township, "code": "x"}],
    ):
        assert given(content).exit_code == 1
        assert factories.count_rows(owner, "organisation") == 0
    assert given([district, township]).exit_code == 0
    assert given([district, {**township, "name": "Wedding"}]).exit_code == 0
    with owner.begin() as connection:
        names = connection.execute(text("SELECT name FROM organisation ORDER BY code")).scalars().all()
    assert names == ["M", "Wedding"]
