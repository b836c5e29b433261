"""The evidence bundle: whole, checked offline by its own verifier, and any byte of it that was changed is named."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from config import Config
from server import jobs
from server.evidence.signing import ReceiptSigner
from server.exports import verify
from server.wiring import heads_of
from tests import factories
from tests.factories import JINSHA, JINXIN
from tests.server.exports.conftest import HOSTILE, Case, SignIn, act, exports_of, unpacked

Take = Callable[..., bytes]
WHOLE = "全部完好 / everything holds"


@pytest.fixture
def written_off(case: Case, config: Config, app: OpenAPI, database_url: str) -> str:
    """The heads of the chains written off the database before anything is taken; the root."""
    with jobs.connect(database_url) as connection:
        line = heads_of(config).write(connection, datetime.now(UTC))
    assert line is not None
    root: str = json.loads(line)["root"]
    return root


@pytest.fixture
def folder(take: Take, written_off: str, tmp_path: Path) -> Path:
    """A bundle, unpacked."""
    made = tmp_path / "bundle"
    for name, content in unpacked(take("bundle")).items():
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return made


def checked(path: Path, *arguments: str) -> tuple[int, str]:
    """The verifier as a stranger runs it: its own file, no environment, no site packages, no folder of ours."""
    command = [sys.executable, "-I", "-S", str(path / "verify.py"), *arguments]
    done = subprocess.run(command, env={}, cwd="/", capture_output=True, check=False)
    assert done.stderr == b"", done.stderr.decode()
    return done.returncode, done.stdout.decode()


def judged(path: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """The same verifier in this process, many times as fast."""
    return verify.main([str(path), *arguments]), capsys.readouterr().out


# --- What is in it -------------------------------------------------------------------------------------------


def test_a_bundle_is_checked_with_python_alone_unpacked_or_not(
    folder: Path, take: Take, tmp_path: Path, case: Case
) -> None:
    code, said = checked(folder)
    assert code == 0 and said.splitlines()[-1] == WHOLE, said
    assert case.number in said
    packed = tmp_path / "bundle.zip"
    packed.write_bytes(take("bundle"))
    assert checked(folder, str(packed))[0] == 0


def test_it_holds_originals_reports_matches_receipts_and_the_ledger_as_they_are(
    folder: Path, case: Case, client: FlaskClient, sign_in: SignIn, config: Config
) -> None:
    for digest in case.photos:
        original = next((config.var / "photos").rglob(digest)).read_bytes()
        assert (folder / "photos" / f"{digest}.jpg").read_bytes() == original
    headers = sign_in("dispatcher")
    entries = [json.loads(line) for line in (folder / "ledger.jsonl").read_text("utf-8").splitlines()]
    told = client.get(f"/api/v1/cases/{case.number}/history", headers=headers).get_json()["items"]
    assert [entry["hash"] for entry in entries] == [item["hash"] for item in told][: len(entries)]
    for report in case.reports:
        place = folder / "reports" / str(report)
        payload = json.loads((place / "payload.json").read_text("utf-8"))
        assert payload["category"] == "goods_on_pavement"
        receipt = client.get(f"/api/v1/reports/{report}/receipt", headers=headers)
        assert (place / "receipt.json").read_bytes() == receipt.data
        assert (place / "match-1.json").exists() and (place / "findings.json").exists()
    assert HOSTILE in (folder / "reports" / str(case.reports[0]) / "payload.json").read_text("utf-8").replace(
        "\\\\", "\\"
    ).replace('\\"', '"')
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert [entry["path"] for entry in manifest["files"]] == sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("manifest.json", "manifest.sig")
    )


def test_the_office_hours_that_clocks_were_counted_by_are_in_it(
    case: Case, owner: Engine, take: Take, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = '{"days":{},"week":{"1":[["08:30","12:00"]]}}'
    digest = hashlib.sha256(content.encode()).hexdigest()
    with owner.begin() as connection:
        number = connection.execute(
            text(
                "INSERT INTO work_schedule (organisation_id, since, digest, content, created_at) "
                "SELECT id, '2026-01-01', :digest, CAST(:content AS json), now() FROM organisation "
                "WHERE kind = 'district' RETURNING id"
            ),
            {"digest": digest, "content": content},
        ).scalar_one()
    clocks = [{"name": "dispatch", "effect": "begin", "schedule": {"id": number, "digest": digest}}]
    act(owner, case.number, "case.dispatched", json.dumps({"action": "dispatch", "clocks": clocks}))
    files = unpacked(take("bundle"))
    assert files[f"schedules/{number}.json"] == content.encode()
    place = tmp_path / "bundle"
    for name, made in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(made)
    assert judged(place, capsys)[0] == 0
    (place / "schedules" / f"{number}.json").write_bytes(content.replace("12:00", "11:00").encode())
    forge_manifest(place, tmp_path)
    code, said = judged(place, capsys)
    assert code == 1 and f"schedules/{number}.json: 办公时间表" in said


def test_people_are_told_by_number_and_never_by_name(folder: Path, case: Case, owner: Engine) -> None:
    people = json.loads((folder / "people.json").read_text("utf-8"))
    assert [person["username"] for person in people] == [case.officer]
    with owner.connect() as connection:
        names = list(connection.execute(text("SELECT display_name FROM account")).scalars())
    for path in folder.rglob("*"):
        if path.is_file():
            assert not [name for name in names if name.encode() in path.read_bytes()], path


def test_taking_one_is_an_entry_of_the_ledger_with_the_digest_of_the_manifest(
    take: Take, owner: Engine, case: Case, sign_in: SignIn
) -> None:
    account = factories.make_account(owner, role="checker", organisation=JINSHA).username
    first = unpacked(take("bundle", sign_in(account)))
    (entry,) = exports_of(owner, case.number)
    assert entry["digest"] == hashlib.sha256(first["manifest.json"]).hexdigest()
    assert (entry["file"], entry["taken_by"]) == ("bundle", account)
    manifest = json.loads(first["manifest.json"])
    assert entry["as_of"] == {"seq": manifest["ledger_seq"], "head": manifest["ledger_head"]}
    again = unpacked(take("bundle"))
    assert (
        b'"evidence.exported"' in again["ledger.jsonl"] and b"evidence.exported" not in first["ledger.jsonl"]
    )


def test_a_case_that_is_not_seen_gives_none_and_no_entry(
    case: Case, client: FlaskClient, sign_in: SignIn, owner: Engine
) -> None:
    headers = sign_in("handler", organisation=JINXIN)
    for what in ("bundle", "file.pdf"):
        assert client.get(f"/api/v1/cases/{case.number}/{what}", headers=headers).status_code == 404
    assert exports_of(owner, case.number) == []


def test_the_head_that_was_written_off_the_database_is_proved(
    folder: Path, written_off: str, capsys: pytest.CaptureFixture[str]
) -> None:
    proof = json.loads((folder / "heads.json").read_text("utf-8"))
    assert json.loads(proof["line"])["root"] == written_off
    _, said = judged(folder, capsys)
    assert "库外链首 head off the database: 2" in said


def test_a_report_the_asker_may_not_see_is_told_as_withheld(
    case: Case, take: Take, owner: Engine, sign_in: SignIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            text(
                "UPDATE report SET organisation_id = (SELECT id FROM organisation WHERE code = :other) WHERE id = :id"
            ),
            {"other": JINXIN, "id": case.reports[1]},
        )
    packed = tmp_path / "bundle.zip"
    packed.write_bytes(take("bundle", sign_in("handler", organisation=JINSHA)))
    manifest = json.loads(unpacked(packed.read_bytes())["manifest.json"])
    assert manifest["withheld_reports"] == [str(case.reports[1])]
    code, said = judged(packed, capsys)
    assert code == 0 and f"report withheld: {case.reports[1]}" in said


# --- What was changed --------------------------------------------------------------------------------------


def test_any_byte_of_any_file_that_was_changed_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(files) > 15
    for path in files:
        name, whole = path.relative_to(folder).as_posix(), path.read_bytes()
        for place in places(len(whole)):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            code, said = judged(folder, capsys)
            assert code == 1 and name in said, (name, place, said)
        path.write_bytes(whole + b" ")
        assert judged(folder, capsys)[0] == 1, name
        path.write_bytes(whole)
    assert judged(folder, capsys)[0] == 0


def places(length: int) -> Iterator[int]:
    """The first and last bytes, and some between."""
    yield from {0, length // 3, length // 2, length - 2, length - 1}


def test_a_changed_entry_is_named_by_its_number_even_when_the_manifest_was_made_anew(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lines = (folder / "ledger.jsonl").read_bytes().split(b"\n")
    lines[1] = lines[1].replace(b"attached", b"attachee")
    (folder / "ledger.jsonl").write_bytes(b"\n".join(lines))
    forge_manifest(folder, tmp_path)
    code, said = judged(folder, capsys)
    assert code == 1
    assert "ledger.jsonl #2: 内容与其哈希不符" in said
    assert "has not the digest of the manifest" not in said


@pytest.mark.parametrize(
    "name, told",
    [
        ("payload.json", "the report is not the one recorded"),
        ("match-1.json", "the match is not the one recorded"),
        ("receipt.json", "the signature does not hold"),
    ],
)
def test_a_forged_manifest_does_not_cover_a_forged_report(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, case: Case, name: str, told: str
) -> None:
    path = folder / "reports" / str(case.reports[1]) / name
    path.write_bytes(path.read_bytes().replace(b"3", b"4", 1))
    forge_manifest(folder, tmp_path)
    code, said = judged(folder, capsys)
    assert code == 1 and told in said


def test_a_bundle_signed_anew_by_another_key_shows_another_key(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, config: Config
) -> None:
    ours = ReceiptSigner.load_or_create(config.secrets / "receipt.pem").key_id
    assert judged(folder, capsys, "--key", ours)[0] == 0
    forge_manifest(folder, tmp_path)
    code, said = judged(folder, capsys, "--key", ours)
    assert code == 1 and "was not signed by the key given" in said


def forge_manifest(folder: Path, scratch: Path) -> None:
    """What somebody with a key of their own can do: new digests, a new signature, their key beside ours."""
    stranger = ReceiptSigner.load_or_create(scratch / "stranger.pem")
    keys = json.loads((folder / "keys.json").read_text("utf-8"))
    (folder / "keys.json").write_text(json.dumps({"keys": [*keys["keys"], stranger.jwk()]}), "utf-8")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    for entry in manifest["files"]:
        content = (folder / entry["path"]).read_bytes()
        entry.update(sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
    made = json.dumps(manifest).encode()
    (folder / "manifest.json").write_bytes(made)
    (folder / "manifest.sig").write_text(stranger.sign_canonical(made), "ascii")


def test_a_file_that_is_missing_or_was_added_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], case: Case
) -> None:
    photo = folder / "photos" / f"{case.photos[0]}.jpg"
    kept = photo.read_bytes()
    photo.unlink()
    code, said = judged(folder, capsys)
    assert code == 1 and f"{case.photos[0]}: 流水所记原件不在包内" in said
    photo.write_bytes(kept)
    (folder / "note.txt").write_text("added", "ascii")
    code, said = judged(folder, capsys)
    assert code == 1 and "note.txt: 清单未列此文件" in said


def test_a_zip_that_is_damaged_or_no_bundle_is_told(
    folder: Path, take: Take, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packed, whole = tmp_path / "bundle.zip", take("bundle")
    for place in range(40, len(whole), len(whole) // 25):
        packed.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        assert judged(packed, capsys)[0] in (1, 2), place
    packed.write_bytes(b"no zip")
    assert judged(packed, capsys)[0] == 2
    assert judged(tmp_path / "nowhere", capsys)[0] == 2
    with zipfile.ZipFile(packed, "w") as other:
        other.writestr("hello.txt", "hello")
    assert judged(packed, capsys)[0] == 2


def test_an_original_that_was_altered_in_the_store_is_named_by_the_verifier(
    case: Case, take: Take, config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = next((config.var / "photos").rglob(case.photos[1]))
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole[:-1] + b"\x00")
    packed = tmp_path / "bundle.zip"
    packed.write_bytes(take("bundle"))
    code, said = judged(packed, capsys)
    assert code == 1 and f"photos/{case.photos[1]}.jpg: 原件的字节与其摘要不符" in said


def test_an_original_that_is_gone_is_told_before_a_byte_is_sent(
    case: Case, client: FlaskClient, sign_in: SignIn, config: Config, owner: Engine
) -> None:
    shutil.rmtree(config.var / "photos" / case.photos[0][:2])
    answer = client.get(f"/api/v1/cases/{case.number}/bundle", headers=sign_in("dispatcher"))
    assert answer.status_code == 503
    assert exports_of(owner, case.number) == []


# --- Signatures, in plain Python -----------------------------------------------------------------------------

# RFC 8032 section 7.1, tests 1 to 3: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize("public, message, signature", VECTORS)
def test_the_verifier_knows_the_signatures_of_the_rfc(public: str, message: str, signature: str) -> None:
    key, said, made = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert verify.signed_by(key, said, made)
    assert not verify.signed_by(key, said + b"!", made)
    assert not verify.signed_by(key, said, made[:-1])
    high = int.from_bytes(made[32:], "little") + verify.Q
    # The same number modulo the order would be a second signature of one message (RFC 8032 section 8.4).
    assert not verify.signed_by(key, said, made[:32] + high.to_bytes(32, "little"))


@given(st.binary(max_size=200), st.integers(0, 511))
def test_the_verifier_agrees_with_the_library_that_signs(message: bytes, bit: int) -> None:
    key = Ed25519PrivateKey.generate()
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert verify.signed_by(public, message, signature)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not verify.signed_by(public, message, bytes(flipped))


def test_text_that_is_not_the_one_base64url_form_is_no_signature() -> None:
    assert verify.decoded("QUI") == b"AB"
    for other in ("QUJ", "QUI=", "QU I", "QU\nI", "Q"):
        assert verify.decoded(other) == b"", other


def test_a_zip_is_made_with_little_memory_and_names_in_one_order(take: Take) -> None:
    with zipfile.ZipFile(io.BytesIO(take("bundle"))) as opened:
        names = opened.namelist()
        assert names[:2] == ["manifest.json", "manifest.sig"] and names[2:] == sorted(names[2:])
        assert opened.testzip() is None
        photo = next(entry for entry in opened.infolist() if entry.filename.startswith("photos/"))
        assert photo.compress_type == zipfile.ZIP_STORED
