"""Receipts are signed so that anybody with the public key can check them, and nobody can move a signature."""

import base64
import hashlib
import json
import multiprocessing
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.evidence.canonical import digest
from server.evidence.signing import (
    ReceiptSigner,
    SigningKeyUnusable,
    jwk_thumbprint,
    verify_with,
)

RECEIPT: dict[str, Any] = {
    "id": "0192f0c1-7f3e-7cc3-98c4-dc0c0c07398f",
    "township": {"name": "金沙街道", "code": "320612001"},
    "missing_photos": [],
    "match": {"probability": 0.93, "distance_m": 1e-7},
    "case": None,
}
# RFC 8037 appendix A.
RFC_D = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
RFC_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture
def signer(tmp_path: Path) -> ReceiptSigner:
    return ReceiptSigner.load_or_create(tmp_path / "keys" / "receipt.pem")


def test_public_key_and_thumbprint_are_those_of_rfc_8037() -> None:
    signer = ReceiptSigner(Ed25519PrivateKey.from_private_bytes(decoded(RFC_D)))
    assert signer.jwk()["x"] == RFC_X
    assert signer.key_id == jwk_thumbprint(RFC_X) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert signer.jwks() == {"keys": [signer.jwk()]}


def test_a_signature_is_a_detached_jws_over_canonical_json(signer: ReceiptSigner) -> None:
    header, payload, made = signer.sign(RECEIPT).split(".")
    assert payload == ""
    assert json.loads(decoded(header)) == {"alg": "EdDSA", "kid": signer.key_id}
    # Independent of our code: plain json with sorted keys is RFC 8785 for these values but for the exponent.
    canonical = json.dumps(RECEIPT, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    body = base64.urlsafe_b64encode(canonical.replace("1e-07", "1e-7").encode()).rstrip(b"=")
    key = serialization.load_pem_public_key(
        signer._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    key.verify(decoded(made), header.encode() + b"." + body)  # type: ignore[call-arg, union-attr]


def test_the_order_of_keys_does_not_matter_and_every_value_does(signer: ReceiptSigner) -> None:
    signature = signer.sign(RECEIPT)
    assert signer.verify(dict(reversed(RECEIPT.items())), signature)
    for key in RECEIPT:
        assert not signer.verify({**RECEIPT, key: "other"}, signature)
        assert not signer.verify({name: RECEIPT[name] for name in RECEIPT if name != key}, signature)
    assert not signer.verify({**RECEIPT, "more": 1}, signature)


def test_no_other_key_header_or_form_of_a_signature_is_accepted(signer: ReceiptSigner) -> None:
    signature = signer.sign(RECEIPT)
    header, _, made = signature.split(".")
    other = ReceiptSigner(Ed25519PrivateKey.generate())
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    # Rightly signed by our own key, but under a header that a receipt never has.
    body = base64.urlsafe_b64encode(rfc8785.dumps(RECEIPT)).rstrip(b"=").decode()
    rightly = signer._key.sign(f"{none}.{body}".encode())
    weak = f"{none}..{base64.urlsafe_b64encode(rightly).rstrip(b'=').decode()}"
    last = {"A": "B", "Q": "R", "g": "h", "w": "x"}[made[-1]]
    for forged in (
        weak,
        other.sign(RECEIPT),
        f"{header}..{other.sign(RECEIPT).split('.')[2]}",
        f"{none}..{made}",
        f"{none}..",
        f"{header}..",
        f"{header}.e30.{made}",
        f"{header}.{made}",
        f"{signature}.",
        f"{signature}==",
        f"{header}..{made[:-1]}{last}",
        f"{header}..{made}\n",
        "",
        "..",
        "é..é",
    ):
        assert not signer.verify(RECEIPT, forged), forged
    assert verify_with(signer.jwk(), RECEIPT, signature)
    assert not verify_with(other.jwk(), RECEIPT, signature)


def test_the_key_file_is_private_and_the_same_key_is_loaded_again(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "receipt.pem"
    first = ReceiptSigner.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ReceiptSigner.load_or_create(path).key_id == first.key_id
    assert [found.name for found in path.parent.iterdir()] == ["receipt.pem"]


def test_a_key_file_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "receipt.pem"
    ReceiptSigner.load_or_create(path)
    path.chmod(0o640)
    with pytest.raises(SigningKeyUnusable, match="0640"):
        ReceiptSigner.load_or_create(path)


@pytest.mark.parametrize("what", ["rubbish", "other kind"])
def test_a_file_that_is_no_ed25519_key_is_refused_and_left_alone(tmp_path: Path, what: str) -> None:
    path = tmp_path / "receipt.pem"
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    held = b"rubbish" if what == "rubbish" else other
    path.write_bytes(held)
    path.chmod(0o600)
    with pytest.raises(SigningKeyUnusable):
        ReceiptSigner.load_or_create(path)
    assert path.read_bytes() == held


def key_id_at(path: str) -> str:
    return ReceiptSigner.load_or_create(Path(path)).key_id


def test_processes_starting_together_end_with_one_key(tmp_path: Path) -> None:
    path = str(tmp_path / "receipt.pem")
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert len(set(pool.map(key_id_at, [path] * 16, chunksize=1))) == 1


NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


def test_a_new_key_signs_and_those_before_it_stay_published_with_the_time_they_were_retired(
    tmp_path: Path,
) -> None:
    path = tmp_path / "receipt.pem"
    first = ReceiptSigner.load_or_create(path)
    receipts = [first.sign(RECEIPT)]
    for day in range(2):
        made = ReceiptSigner.rotate(path, NOW + timedelta(days=day))
        receipts.append(made.sign(RECEIPT))
    now = ReceiptSigner.load_or_create(path)
    assert now.key_id == made.key_id
    assert [key.get("retired_at") for key in now.jwks()["keys"]] == [
        None,
        "2026-12-01T08:00:00Z",
        "2026-11-30T08:00:00Z",
    ]
    assert now.jwks()["keys"][2]["kid"] == first.key_id
    assert len({receipt.split(".")[0] for receipt in receipts}) == 3
    assert all(now.verify(RECEIPT, receipt) for receipt in receipts)
    assert not first.verify(RECEIPT, receipts[1])
    modes = {found.name: stat.S_IMODE(found.stat().st_mode) for found in tmp_path.iterdir()}
    assert modes == {"receipt.pem": 0o600, "receipt-retired.json": 0o600}


def test_who_is_stopped_between_retiring_a_key_and_replacing_it_loses_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "receipt.pem"
    first = ReceiptSigner.load_or_create(path)
    with monkeypatch.context() as stopped:
        stopped.setattr("server.evidence.signing._new_pem", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ReceiptSigner.rotate(path, NOW)
    assert ReceiptSigner.load_or_create(path).jwks() == {"keys": [first.jwk()]}
    again = ReceiptSigner.rotate(path, NOW)
    assert [key["kid"] for key in again.jwks()["keys"]] == [again.key_id, first.key_id]


def rotated(path: str) -> str:
    return ReceiptSigner.rotate(Path(path), NOW).key_id


def test_no_key_is_lost_when_several_rotate_at_once(tmp_path: Path) -> None:
    path = tmp_path / "receipt.pem"
    first = ReceiptSigner.load_or_create(path).key_id
    with multiprocessing.get_context("fork").Pool(4) as pool:
        made = pool.map(rotated, [str(path)] * 8, chunksize=1)
    assert {key["kid"] for key in ReceiptSigner.load_or_create(path).jwks()["keys"]} == {first, *made}


@pytest.mark.parametrize("held", ["rubbish", "[]", '{"keys": [{"kid": "a", "x": "b", "retired_at": "c"}]}'])
def test_a_spoilt_list_of_keys_before_is_told_and_not_thrown_away(tmp_path: Path, held: str) -> None:
    path = tmp_path / "receipt.pem"
    ReceiptSigner.load_or_create(path)
    (tmp_path / "receipt-retired.json").write_text(held)
    with pytest.raises(SigningKeyUnusable, match="receipt-retired"):
        ReceiptSigner.rotate(path, NOW)
    assert (tmp_path / "receipt-retired.json").read_text() == held


def test_canonical_digest_is_sha_256_of_rfc_8785() -> None:
    value = {"b": [1.0, 1e21, "\u20ac"], "a": None, "é": True}
    expected = '{"a":null,"b":[1,1e+21,"€"],"é":true}'
    assert digest(value) == hashlib.sha256(expected.encode()).hexdigest()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53])
def test_what_json_cannot_say_exactly_has_no_digest(value: float) -> None:
    with pytest.raises(ValueError):
        digest({"value": value})
