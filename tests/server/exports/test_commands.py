"""Operators' commands about evidence: heads off the database, bundles, and what verify says of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from config import Config, ConfigRefused
from server import jobs
from server.cli import main
from server.cli.operating import chores_of
from server.deployment import Deployment
from server.exports import verify
from tests.server.exports.conftest import Case, act, exports_of

Run = Callable[..., Result]


@pytest.fixture
def frontage(database_url: str, config: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """`frontage("heads", "write")` on this test's database and data folder."""
    settings = {"FRONTAGE_DATABASE_URL": database_url, "FRONTAGE_VAR": str(config.var), "COLUMNS": "200"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), catch_exceptions=False)

    yield run


def test_heads_are_written_and_verify_counts_them(case: Case, frontage: Run, owner: Engine) -> None:
    first = frontage("heads", "write")
    assert first.exit_code == 0 and "cases 1" in first.output
    assert "没有新记录" in frontage("heads", "write").output
    act(owner, case.number, "case.dispatched", "{}")
    assert "head 2" in frontage("heads", "write").output
    whole = frontage("verify")
    assert whole.exit_code == 0 and "heads 2" in whole.output


def test_verify_names_the_first_case_that_is_shorter_than_its_head(
    case: Case, frontage: Run, owner: Engine
) -> None:
    frontage("heads", "write")
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            text(
                "WITH gone AS (DELETE FROM ledger WHERE seq = 3 RETURNING case_id, prev_hash) "
                "UPDATE case_file c SET ledger_seq = 2, ledger_head = gone.prev_hash FROM gone "
                "WHERE c.id = gone.case_id"
            )
        )
    told = frontage("verify")
    assert told.exit_code == 1
    assert case.number in told.output and "案卷流水短于其链首所记" in told.output


def test_an_operator_makes_a_bundle_that_the_verifier_accepts(
    case: Case, frontage: Run, owner: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frontage("heads", "write")
    out = tmp_path / "out.zip"
    made = frontage("bundle", case.number, str(out))
    assert made.exit_code == 0
    digest = re.search(r"[0-9a-f]{64}", made.output)
    (entry,) = exports_of(owner, case.number)
    assert digest is not None and entry["digest"] == digest[0] and entry["taken_by"] is None
    assert verify.main([str(out)]) == 0
    assert digest[0] in capsys.readouterr().out
    again = frontage("bundle", case.number, str(out))
    assert again.exit_code == 1 and "文件已存在" in again.output
    assert len(exports_of(owner, case.number)) == 1


def test_a_case_that_is_not_there_has_no_bundle(case: Case, frontage: Run, tmp_path: Path) -> None:
    told = frontage("bundle", "TZ-2026-999999", str(tmp_path / "out.zip"))
    assert told.exit_code == 1 and "没有此案卷" in told.output
    assert not (tmp_path / "out.zip").exists()


def test_the_worker_writes_heads_with_its_own_role(
    case: Case, frontage: Run, database_url: str, config: Config, app: object
) -> None:
    deployment = Deployment(Config(var=config.var, database_url=database_url))
    chores = replace(chores_of(deployment), database_url=database_url)
    assert chores.write_heads() == (1, 0)
    assert chores.write_heads() == (0, 0)
    lines = (config.var / "heads" / "heads.jsonl").read_text("ascii").splitlines()
    (said,) = (json.loads(line) for line in lines)
    assert said["cases"] == 1 and datetime.fromisoformat(said["at"]).tzinfo is not None
    assert "write_heads" in jobs.make_worker(chores).tasks


@pytest.mark.parametrize(
    "url, plain, accepted",
    [
        ("https://else.where/heads", "", True),
        ("http://else.where/heads", "", False),
        ("http://else.where/heads", "true", True),
        ("ftp://else.where/heads", "true", False),
        ("else.where", "", False),
    ],
)
def test_heads_go_over_https_unless_a_setting_allows_http(url: str, plain: str, accepted: bool) -> None:
    environ = {"FRONTAGE_HEADS_WEBHOOK_URL": url, "FRONTAGE_HEADS_PLAIN_HTTP": plain}
    if accepted:
        assert Config.from_env(environ).heads_webhook_url == url
    else:
        with pytest.raises(ConfigRefused, match="FRONTAGE_HEADS_WEBHOOK_URL"):
            Config.from_env(environ)
