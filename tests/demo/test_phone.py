"""The demo's phone calls nothing sent that is not proven, gives up on nothing too early, and repeats itself exactly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from demo.phone import TRIES_MAX, Answer, NotSent, Phone, check_receipt, fixed_queue
from server.evidence.signing import ReceiptSigner

SHANGHAI = ZoneInfo("Asia/Shanghai")
ID = "0d9f4c1e-6a57-4a0e-9a43-0f6a2c7f5b1d"
REPORT: dict[str, Any] = {"category": "goods_on_pavement", "note": "门前堆物", "photos": []}
DIGEST = hashlib.sha256(rfc8785.dumps(REPORT)).hexdigest()
SIGNER, OTHER = ReceiptSigner(Ed25519PrivateKey.generate()), ReceiptSigner(Ed25519PrivateKey.generate())
KEYS = {SIGNER.key_id: SIGNER.jwk()}


def receipt(signer: ReceiptSigner = SIGNER, **change: Any) -> dict[str, Any]:
    body = {"id": ID, "digest": DIGEST, "missing_photos": [], **change}
    return {**body, "signature": signer.sign(body)}


def test_a_receipt_that_proves_everything_is_believed() -> None:
    check_receipt(ID, REPORT, receipt(), KEYS)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (receipt(OTHER), "not signed"),
        ({**receipt(), "state": "added later"}, "not signed"),
        ({name: value for name, value in receipt().items() if name != "signature"}, "not signed"),
        (receipt(digest="0" * 64), "not about"),
        (receipt(id=ID.replace("0", "1")), "not about"),
        (receipt(missing_photos=["0" * 64]), "missing"),
    ],
)
def test_a_receipt_that_leaves_a_doubt_is_not(given: dict[str, Any], why: str) -> None:
    with pytest.raises(NotSent, match=why):
        check_receipt(ID, REPORT, given, KEYS)


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Phone, list[float]]]:
    """`answering(503, OSError(), 200)`: a phone whose requests meet these answers, and its waits."""

    def made(*answers: int | Exception, retry_after: str = "3") -> tuple[Phone, list[float]]:
        coming: Iterator[int | Exception] = iter(answers)

        def once(*_: object) -> Answer:
            answer = next(coming)
            if isinstance(answer, Exception):
                raise answer
            return Answer(answer, {"retry-after": retry_after}, {})

        waits: list[float] = []
        monkeypatch.setattr(Phone, "_once", once)
        return Phone("http://server", "officer01", "", wait=waits.append), waits

    return made


def test_a_server_that_is_busy_is_asked_again_when_it_says_so(
    answering: Callable[..., tuple[Phone, list[float]]],
) -> None:
    phone, waits = answering(503, 503, 201)
    assert phone.ask("PUT", "/x").status == 201
    assert waits == [3.0, 3.0]


def test_a_server_that_is_not_there_is_asked_again_with_growing_patience(
    answering: Callable[..., tuple[Phone, list[float]]],
) -> None:
    phone, waits = answering(ConnectionRefusedError(), ConnectionResetError(), 200)
    assert phone.ask("GET", "/x").status == 200
    assert len(waits) == 2 and waits[0] < waits[1]


def test_a_server_that_never_answers_is_given_up_with_the_reason(
    answering: Callable[..., tuple[Phone, list[float]]],
) -> None:
    phone, waits = answering(*[ConnectionRefusedError("nobody there")] * TRIES_MAX)
    with pytest.raises(NotSent, match="nobody there"):
        phone.ask("GET", "/x")
    assert len(waits) == TRIES_MAX - 1


def test_a_refusal_is_not_repeated(answering: Callable[..., tuple[Phone, list[float]]]) -> None:
    phone, waits = answering(409)
    assert phone.ask("PUT", "/x").status == 409 and waits == []


def test_what_is_sent_is_fixed_on_the_first_run(tmp_path: Path) -> None:
    first = fixed_queue(tmp_path / "queue.json", SHANGHAI)
    assert fixed_queue(tmp_path / "queue.json", SHANGHAI) == first
    assert len({item["id"] for item in first}) == len(first) > 10
    for item in first:
        assert [photo["sha256"] for photo in item["report"]["photos"]] == [
            photo["sha256"] for photo in item["photos"]
        ]
        assert item["report"]["captured_at"].endswith("+08:00")


def test_a_sample_that_changed_becomes_a_new_report_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "queue.json"
    first = fixed_queue(path, SHANGHAI)
    stored = json.loads(path.read_text(encoding="utf-8"))
    stored[3]["origin"] = "of another edition"
    path.write_text(json.dumps(stored), encoding="utf-8")
    second = fixed_queue(path, SHANGHAI)
    assert [a["id"] == b["id"] for a, b in zip(first, second, strict=True)].count(False) == 1
    assert fixed_queue(path, SHANGHAI) == second
