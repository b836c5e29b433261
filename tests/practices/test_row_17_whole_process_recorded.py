"""Row 17, recording the whole process: one changed byte of a photo, a paper, an attachment or an entry is named by
`verify`, of enforcement and of court alike."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from pypdf import PdfReader
from sqlalchemy import Engine, text

from config import Config
from server.cli import main
from server.exports import verify
from tests import factories
from tests.server.cases.desk import SignIn
from tests.server.documents.doors import serve
from tests.server.documents.promised import PDF, put_attachment
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
    handler, reviewer = bureau.desk.headers("handler"), bureau.desk.headers("reviewer")
    evidence, receipt, answer = (
        put_attachment(client, who, PDF + b"%d" % n + b"\n%%EOF\n")
        for n, who in enumerate((handler, handler, reviewer))
    )
    number = bureau.filed(case, item="litter")["number"]
    taken = bureau.took(
        "handler", number, "inquire", officers=bureau.officers, note="现场查实", attachments=[evidence]
    )
    seq = taken["steps"][-1]["ledger_seq"]
    fine = {"officers": bureau.officers, "outcome": "penalty", "amount_yuan": "100"}
    bureau.took("handler", number, "advance_notice", **fine)
    bureau.took("handler", number, "statement", note="当事人无异议")
    paper = bureau.took("handler", number, "decide", **fine)["decision"]["document"]
    factories.make_rulebook(owner, "service_methods")
    served = serve(client, handler, paper, how="in_person", outcome="delivered", receipt=receipt)
    assert served.status_code == 201, served.text
    court = _sued(client, reviewer, case, answer)

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
    assert [entry["action"] for entry in steps if entry["seq"] in court] == [
        "litigation.begun",
        "litigation.accepted",
        "litigation.ended",
    ]
    record = json.loads(files[f"documents/{paper}/record.json"])
    assert [(one["how_name"], one["outcome"], one["receipt"]) for one in record["services"]] == [
        ("直接送达", "delivered", receipt)
    ]

    def judged(name: str, change: Callable[[bytes], bytes]) -> tuple[int, str]:
        forged = tmp_path / "forged.zip"
        with zipfile.ZipFile(forged, "w") as archive:
            for other, content in files.items():
                archive.writestr(other, change(content) if other == name else content)
        capsys.readouterr()
        return verify.main([str(forged)]), capsys.readouterr().out

    photo = next(name for name in files if name.startswith("photos/"))
    code, said = judged(photo, lambda data: data[:-3] + bytes([data[-3] ^ 1]) + data[-2:])
    assert code == 1 and f"{photo}: 原件的字节与其摘要不符" in said
    code, said = judged("ledger.jsonl", lambda data: data.replace("现场查实".encode(), "现场查无".encode()))
    assert code == 1 and f"ledger.jsonl #{seq}: 内容与其哈希不符" in said

    for digest in (evidence, receipt, answer):
        code, said = judged(f"attachments/{digest}.pdf", lambda data: data + b"\n")
        assert code == 1 and f"attachments/{digest}.pdf: 原件的字节与其摘要不符" in said
    code, said = judged(f"documents/{paper}/content.json", lambda data: data.replace(b"100.00", b"900.00"))
    assert code == 1 and f"documents/{paper}/content.json: 文书缺失或与流水所记不符" in said
    code, said = judged("ledger.jsonl", lambda data: data.replace(b"upheld", b"lost"))
    assert code == 1 and f"ledger.jsonl #{court[-1]}: 内容与其哈希不符" in said

    printed = bureau.desk.get("handler", f"/cases/{case}/file.pdf")
    printed_text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(printed.data)).pages)
    shown = "".join(printed_text.replace("\u200b", "").split())
    wanted = (
        "执法程序",
        "证号C-handler",
        "罚款100.00元",
        "行政诉讼行初9号",
        "维持、胜诉",
        "直接送达，已送达",
    )
    assert [words for words in wanted if words not in shown] == []

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


def _sued(client: Any, reviewer: dict[str, str], case: str, attachment: str) -> list[int]:
    """A lawsuit about a case from its beginning to its end; numbers of its entries in the ledger of the case."""
    matter = f"/api/v1/litigation/matters/{uuid4()}"
    begun = {"kind": "lawsuit", "reference": "行初9号", "case": case}
    assert client.put(matter, json=begun, headers=reviewer).status_code == 201
    first = {"kind": "accepted", "on": "2026-08-20", "attachment": attachment}
    last = {"kind": "ended", "on": "2026-08-30", "outcome": "upheld"}
    unsent = client.put(
        f"{matter}/entries/{uuid4()}", json={**first, "attachment": "0" * 64}, headers=reviewer
    )
    assert (unsent.status_code, unsent.get_json()["code"]) == (422, "attachment_missing")
    for entry in (first, last):
        answer = client.put(f"{matter}/entries/{uuid4()}", json=entry, headers=reviewer)
        assert answer.status_code == 201, answer.text
    seqs = [entry["ledger_seq"] for entry in answer.get_json()["entries"]]
    return [seqs[0] - 1, *seqs]


def _entries(data: bytes) -> list[zipfile.ZipInfo]:
    return zipfile.ZipFile(io.BytesIO(data)).infolist()
