"""Row 17, recording the whole process: one changed byte of a photo or of an entry is named by `verify`."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text

from config import Config
from server.cli import main
from server.exports import verify
from tests.server.cases.desk import SignIn
from tests.server.enforcement.bureau import make_bureau


def test_row_17_one_changed_byte_of_a_photo_or_a_step_is_named(
    client: Any,
    owner: Engine,
    sign_in: SignIn,
    config: Config,
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bureau = make_bureau(client, owner, sign_in)
    case = bureau.photographed()
    number = bureau.filed(case, item="litter")["number"]
    taken = bureau.took("handler", number, "inquire", officers=bureau.officers, note="现场查实")
    seq = taken["steps"][-1]["ledger_seq"]

    packed = bureau.desk.get("handler", f"/cases/{case}/bundle")
    assert packed.status_code == 200
    whole = tmp_path / "bundle.zip"
    whole.write_bytes(packed.data)
    assert verify.main([str(whole)]) == 0
    files = {
        entry.filename: zipfile.ZipFile(io.BytesIO(packed.data)).read(entry)
        for entry in _entries(packed.data)
    }
    steps = [json.loads(line) for line in files["ledger.jsonl"].splitlines()]
    (step,) = [entry for entry in steps if entry["action"] == "enforcement.inquire"]
    assert step["seq"] == seq and "现场查实" in step["body"]
    assert "测试" not in step["body"], "officers stand in it by certificate, not by name"

    def judged(name: str, change: Callable[[bytes], bytes]) -> tuple[int, str]:
        forged = tmp_path / "forged.zip"
        with zipfile.ZipFile(forged, "w") as archive:
            for other, content in files.items():
                archive.writestr(other, change(content) if other == name else content)
        capsys.readouterr()
        return verify.main([str(forged)]), capsys.readouterr().out

    photo = next(name for name in files if name.startswith("photos/"))
    code, said = judged(photo, lambda data: data[:-3] + bytes([data[-3] ^ 1]) + data[-2:])
    assert code == 1 and f"{photo}: 照片字节与其摘要不符" in said
    code, said = judged("ledger.jsonl", lambda data: data.replace("现场查实".encode(), "现场查无".encode()))
    assert code == 1 and f"ledger.jsonl #{seq}: 内容与其哈希不符" in said

    # In the database, past every right: the operator's command names the case and the entry.
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            text(
                "UPDATE ledger SET body = replace(body, '查实', '查无') WHERE action = 'enforcement.inquire'"
            )
        )
    for name, value in {"DATABASE_URL": database_url, "VAR": str(config.var), "COLUMNS": "200"}.items():
        monkeypatch.setenv(f"FRONTAGE_{name}" if name != "COLUMNS" else name, value)
    told = CliRunner().invoke(main, ["verify"], catch_exceptions=False)
    assert told.exit_code == 1
    assert case in told.output and str(seq) in told.output


def _entries(data: bytes) -> list[zipfile.ZipInfo]:
    return zipfile.ZipFile(io.BytesIO(data)).infolist()
