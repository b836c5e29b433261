"""Checks an evidence bundle with Python 3 alone: no server, no network, no other package.

    python3 verify.py                    the folder this file lies in
    python3 verify.py BUNDLE.zip         a bundle as it was downloaded, or an unpacked folder
    python3 verify.py BUNDLE.zip --key KEY_ID

The bundle says itself which key signed it. Whether that is the district's key, it cannot say: compare the key id that
is printed with one you have from elsewhere (the server's /api/v1/keys, a receipt on the officer's phone), or give it
with --key. Leaves with 0 when everything holds, 1 when something does not, 2 when this is no bundle.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

FORMAT, MANIFEST, SIGNATURE = "frontage-bundle/1", "manifest.json", "manifest.sig"
KEYS, LEDGER, CASE, HEADS = "keys.json", "ledger.jsonl", "case.json", "heads.json"
REPORT = re.compile(r"reports/([0-9a-f-]{36})/(payload|receipt|match-\d+)\.json")
ORIGINAL = re.compile(r"(?:photos|attachments)/([0-9a-f]{64})\.[a-z]+")
SIGNED = re.compile(rb'(\{.*),"signature":"([A-Za-z0-9_.-]+)"\}', re.DOTALL)

WORDS = {
    "unreadable": ("无法读取", "cannot be read"),
    "missing": ("清单所列文件缺失", "is in the manifest and not here"),
    "unlisted": ("清单未列此文件", "is here and not in the manifest"),
    "digest": ("内容与清单摘要不符", "has not the digest of the manifest"),
    "signature": ("签名无效", "the signature does not hold"),
    "key": ("签名密钥不是所给的密钥", "was not signed by the key given"),
    "seq": ("序号不连续", "the numbers are not consecutive"),
    "prev_hash": ("未接在前一条记录之后", "does not continue the entry before it"),
    "hash": ("内容与其哈希不符", "the content does not have its hash"),
    "tail": ("末尾与所记链首不符", "the end is not the head that was recorded"),
    "report_missing": ("流水所记上报不在包内", "the ledger names a report that is not here"),
    "report_unrecorded": ("流水未记此上报", "no entry of the ledger names this report"),
    "payload": ("上报内容与流水所记摘要不符", "the report is not the one recorded"),
    "match": ("落区判定与流水所记不符", "the match is not the one recorded"),
    "original": ("原件的字节与其摘要不符", "the bytes of the original do not have its digest"),
    "original_missing": ("流水所记原件不在包内", "the ledger names an original that is not here"),
    "schedules": ("办公时间表缺失或与流水所记不符", "the schedule is missing or not the one recorded"),
    "documents": ("文书缺失或与流水所记不符", "the document is missing or not the one recorded"),
    "root": ("链首不在所签的根之下", "the head is not below the root that was signed"),
}


class Bundle:
    """The files of a bundle, in a ZIP or a folder, and what was found wrong with them."""

    def __init__(self, path: Path) -> None:
        self.faults: list[str] = []
        self._zip = zipfile.ZipFile(path) if path.is_file() else None
        self._folder = path

    def names(self) -> list[str]:
        if self._zip is not None:
            return [entry.filename for entry in self._zip.infolist() if not entry.is_dir()]
        files = (one for one in self._folder.rglob("*") if one.is_file())
        return sorted(one.relative_to(self._folder).as_posix() for one in files)

    def read(self, name: str) -> bytes | None:
        """The bytes of one file, or None (and a fault) when they cannot be had."""
        try:
            if self._zip is not None:
                return self._zip.read(name)
            return (self._folder / name).read_bytes()
        except (OSError, EOFError, KeyError, NotImplementedError, zipfile.BadZipFile, zlib.error):
            self.fault(name, "unreadable")
            return None

    def json(self, name: str) -> Any:
        """The value of one JSON file, or None (and a fault)."""
        content = self.read(name)
        try:
            return json.loads(content) if content is not None else None
        except ValueError:
            self.fault(name, "unreadable")
            return None

    def fault(self, where: str, code: str) -> None:
        chinese, english = WORDS[code]
        line = f"{where}: {chinese} / {english} ({code})"
        if line not in self.faults:
            self.faults.append(line)


# Signatures: Ed25519 as RFC 8032 section 5.1 has it, checking only.
P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    """Sum of two points of the curve in extended coordinates."""
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return (i * j % P, k * m % P, j * k % P, i * m % P)


def multiply(times: int, point: Point) -> Point:
    made: Point = (0, 1, 1, 0)
    while times > 0:
        if times & 1:
            made = add(made, point)
        point = add(point, point)
        times >>= 1
    return made


def point_of(packed: bytes) -> Point | None:
    """The point that 32 bytes name, or None."""
    y = int.from_bytes(packed, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if len(packed) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P != 0 or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed_by(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of `public` signed exactly `message`."""
    if len(public) != 32 or len(signature) != 64 or BASE is None:
        return False
    key, start = point_of(public), point_of(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or start is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    a, b = multiply(s, BASE), add(start, multiply(h, key))
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def decoded(value: str) -> bytes:
    """The bytes; none for any text that `encoded` does not write."""
    try:
        made = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except ValueError:
        return b""
    return made if encoded(made) == value else b""


def key_id(x: str) -> str:
    return encoded(hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest())


class Keys:
    """Public keys of a JWK set, by their thumbprint (RFC 7638)."""

    def __init__(self, jwks: Any) -> None:
        self.by_id: dict[str, bytes] = {}
        for key in jwks["keys"] if isinstance(jwks, dict) and isinstance(jwks.get("keys"), list) else []:
            if isinstance(key, dict) and isinstance(key.get("x"), str):
                self.by_id[key_id(key["x"])] = decoded(key["x"])

    def signer(self, payload: bytes, signature: str) -> str | None:
        """Id of the key that made a detached JWS over the payload, or None."""
        for kid, public in self.by_id.items():
            header = encoded(f'{{"alg":"EdDSA","kid":"{kid}"}}'.encode())
            before, _, made = signature.partition("..")
            message = f"{header}.{encoded(payload)}".encode()
            if before == header and signed_by(public, message, decoded(made)):
                return kid
        return None

    def signed(self, text: bytes) -> bool:
        """Whether a JSON object ends with its own valid signature, as receipts and lines of heads do."""
        found = SIGNED.fullmatch(text)
        return found is not None and self.signer(found[1] + b"}", found[2].decode()) is not None


def check_manifest(bundle: Bundle, manifest: dict[str, Any]) -> None:
    """Every file listed is here with its digest, and no other."""
    listed = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    here = set(bundle.names()) - {MANIFEST, SIGNATURE}
    for name in sorted(set(listed) ^ here):
        bundle.fault(name, "missing" if name in listed else "unlisted")
    for name in sorted(here & set(listed)):
        content = bundle.read(name)
        if content is not None and hashlib.sha256(content).hexdigest() != listed[name]:
            bundle.fault(name, "digest")


def entry_hash(case_id: str, entry: dict[str, Any]) -> str:
    """SHA-256 of seven lines: previous hash, case, number, time, actor, action, body."""
    who, when = entry["actor_id"] or "", entry["recorded_at"]
    said = [entry["prev_hash"], case_id, str(entry["seq"]), when, who, entry["action"], entry["body"]]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def check_ledger(bundle: Bundle, manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The chain from its first entry to the head; the entries that hold."""
    entries: list[dict[str, Any]] = []
    head = ""
    for number, line in enumerate((bundle.read(LEDGER) or b"").splitlines(), start=1):
        code, entry = judged(manifest["case_id"], line, number, head)
        if code:
            bundle.fault(f"{LEDGER} #{number}", code)
            return entries
        entries.append(entry)
        head = entry["hash"]
    if (len(entries), head) != (manifest["ledger_seq"], manifest["ledger_head"]):
        bundle.fault(f"{LEDGER} #{len(entries)}", "tail")
    case = bundle.json(CASE) or {}
    if (case.get("ledger_seq"), case.get("ledger_head")) != (len(entries), head):
        bundle.fault(CASE, "tail")
    return entries


def judged(case_id: str, line: bytes, number: int, head: str) -> tuple[str, dict[str, Any]]:
    """What is wrong with one entry (nothing: an empty text), and the entry."""
    try:
        entry = json.loads(line.decode("utf-8"))
        made = entry_hash(case_id, entry)
        json.loads(entry["body"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return "unreadable", {}
    if entry["seq"] != number:
        return "seq", entry
    if entry["prev_hash"] != head:
        return "prev_hash", entry
    return ("" if made == entry["hash"] else "hash"), entry


class Told:
    """What the ledger says of reports, photos and papers; of those withheld, nothing."""

    def __init__(self, entries: list[dict[str, Any]], manifest: dict[str, Any]) -> None:
        self.digests: dict[str, str] = {}
        self.matches: dict[str, set[str]] = {}
        self.originals: set[str] = set()
        self.files: dict[str, str] = {}
        for entry in entries:
            body = json.loads(entry["body"])
            body = body if isinstance(body, dict) else {}
            if isinstance(body.get("report"), str) and body["report"] not in manifest["withheld_reports"]:
                self._note(body["report"], body, entry["action"])
            counted = [clock["schedule"] for clock in body.get("clocks", []) if clock.get("schedule")]
            self.files.update({f"schedules/{one['id']}.json": one["digest"] for one in counted})
            if "withheld_papers" in manifest:  # Bundles of before hold no papers, and do not say so.
                self._note_papers(body, manifest["withheld_papers"])

    def _note_papers(self, body: dict[str, Any], withheld: list[str]) -> None:
        self.originals.update(set((body.get("said") or {}).get("attachments", [])).difference(withheld))
        made = body.get("document")
        if made and made["id"] not in withheld:
            self.files[f"documents/{made['id']}/content.json"] = made["digest"]

    def _note(self, report: str, body: dict[str, Any], action: str) -> None:
        self.digests[report] = body.get("digest", self.digests.get(report, ""))
        self.matches.setdefault(report, set()).update([body["match"]] if "match" in body else [])
        arrived = [body["sha256"]] if action == "photo.received" else body.get("photos_arrived", [])
        self.originals.update(arrived)


def check_reports(bundle: Bundle, told: Told) -> None:
    """What the ledger recorded of reports, matches and photos is what lies here."""
    held: dict[str, dict[str, str]] = {}
    for found in filter(None, map(REPORT.fullmatch, bundle.names())):
        content = bundle.read(found[0]) or b""
        held.setdefault(found[1], {})[found[2]] = hashlib.sha256(content).hexdigest()
    for report in sorted(set(held) - set(told.digests)):
        bundle.fault(f"reports/{report}", "report_unrecorded")
    for report in sorted(set(told.digests) - set(held)):
        bundle.fault(f"reports/{report}", "report_missing")
    for report in sorted(set(told.digests) & set(held)):
        if held[report].get("payload") != told.digests[report]:
            bundle.fault(f"reports/{report}/payload.json", "payload")
        made = {digest for name, digest in held[report].items() if name.startswith("match-")}
        if made != told.matches[report]:
            bundle.fault(f"reports/{report}/match", "match")
    check_files(bundle, told)


def check_files(bundle: Bundle, told: Told) -> None:
    """Photos and attachments are what they are called; documents and schedules are those recorded."""
    here = {found[0]: found[1] for found in map(ORIGINAL.fullmatch, bundle.names()) if found}
    for digest in sorted(told.originals - set(here.values())):
        bundle.fault(digest, "original_missing")
    for name, digest in sorted((here | told.files).items()):
        if hashlib.sha256(bundle.read(name) or b"").hexdigest() != digest:
            bundle.fault(name, "original" if name in here else name.split("/")[0])


def check_receipts(bundle: Bundle, keys: Keys) -> None:
    for name in bundle.names():
        if name.endswith("/receipt.json") and not keys.signed(bundle.read(name) or b""):
            bundle.fault(name, "signature")


def check_heads(bundle: Bundle, case: str, entries: list[dict[str, Any]], keys: Keys) -> str:
    """The head of this case that was written off the database; the time of it, or nothing."""
    if HEADS not in bundle.names():
        return ""
    said = bundle.json(HEADS)
    try:
        line = said["line"].encode()
        if not keys.signed(line):
            bundle.fault(HEADS, "signature")
        number, seq, head = said["leaf"].split(" ")
        seen = json.loads(line.decode())
        path = [bytes.fromhex(one) for one in said["path"]]
        made = root_by_path(said["leaf"].encode(), said["index"], said["count"], path)
        if (made.hex(), said["count"]) != (seen["root"], seen["cases"]):
            bundle.fault(HEADS, "root")
        hashes = {str(entry["seq"]): entry["hash"] for entry in entries}
        if number != case or hashes.get(seq) != head:
            bundle.fault(f"{HEADS} #{seq}", "tail")
        return str(seen["at"])
    except (ValueError, KeyError, TypeError, AttributeError):
        bundle.fault(HEADS, "unreadable")
        return ""


def root_by_path(leaf: bytes, index: int, count: int, path: list[bytes]) -> bytes:
    """The root that an audit path leads to (RFC 9162 section 2.1.3.2)."""
    made = hashlib.sha256(b"\x00" + leaf).digest()
    while count > 1:
        if index ^ 1 < count:
            other = path.pop(0) if path else b""
            pair = other + made if index & 1 else made + other
            made = hashlib.sha256(b"\x01" + pair).digest()
        index, count = index // 2, (count + 1) // 2
    return b"" if path else made


def check(bundle: Bundle, key: str | None) -> list[str]:
    """Check everything; what can be told of the bundle. Faults are left in `bundle.faults`."""
    keys, content = Keys(bundle.json(KEYS)), bundle.read(MANIFEST) or b""
    signer = keys.signer(content, (bundle.read(SIGNATURE) or b"").decode("ascii", "replace"))
    if signer is None:
        bundle.fault(f"{MANIFEST}, {SIGNATURE}, {KEYS}", "signature")
    elif key is not None and signer != key:
        bundle.fault(SIGNATURE, "key")
    try:
        manifest = json.loads(content.decode("utf-8"))
        if manifest["format"] != FORMAT:
            raise ValueError(manifest["format"])
        check_manifest(bundle, manifest)
        entries = check_ledger(bundle, manifest)
        check_reports(bundle, Told(entries, manifest))
        check_receipts(bundle, keys)
        head_at = check_heads(bundle, manifest["case"], entries, keys)
        told = [
            f"案卷 case: {manifest['case']}  制作 made at: {manifest['made_at']}",
            f"流水 ledger: {len(entries)}  末条哈希 head: {manifest['ledger_head']}",
            f"签名密钥 signing key: {signer or '-'}",
            f"清单摘要 digest of the manifest: {hashlib.sha256(content).hexdigest()}",
            f"库外链首 head off the database: {head_at or '无 none'}",
        ]
        told += [f"未附文书或附件 paper withheld: {paper}" for paper in manifest.get("withheld_papers", [])]
        return told + [f"未附上报 report withheld: {report}" for report in manifest["withheld_reports"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        bundle.fault(MANIFEST, "unreadable")
        return []


def main(arguments: list[str]) -> int:
    key = None
    if "--key" in arguments:
        at = arguments.index("--key")
        key, arguments = (arguments[at + 1 : at + 2] or [""])[0], arguments[:at] + arguments[at + 2 :]
    path = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    try:
        bundle = Bundle(path)
        if MANIFEST not in bundle.names():
            raise FileNotFoundError
    except (OSError, zipfile.BadZipFile):
        sys.stdout.write(f"{path}: 不是证据包 / this is no evidence bundle\n")
        return 2
    told = check(bundle, key)
    last = "发现问题 / something does not hold" if bundle.faults else "全部完好 / everything holds"
    sys.stdout.write("\n".join([*told, *bundle.faults, last]) + "\n")
    return len(bundle.faults[:1])


if __name__ == "__main__":
    # A console that cannot show Chinese must not stop the check.
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
