"""The evidence bundle of one case: a ZIP that a court can check with Python alone, years later and without us.

Every file is named in the manifest with its SHA-256, and the manifest is signed. Originals are streamed from the store
into the answer; their digests are known from their names, so the manifest is made before the first of them is read.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from server.contract import wire_time
from server.evidence.attachments import Attachment
from server.evidence.canonical import canonical
from server.evidence.photos import PhotoStore
from server.evidence.signing import ReceiptSigner
from server.exports.gathering import Gathered

FORMAT = "frontage-bundle/1"
MEDIA_TYPE = "application/zip"
_HERE = Path(__file__).parent
_SUFFIXES = {"jpeg": "jpg"}


@dataclass(frozen=True)
class Piece:
    """One file of a bundle; `content` is None for photos and attachments, whose bytes are in the store."""

    path: str
    sha256: str
    size_bytes: int
    content: bytes | None


@dataclass(frozen=True)
class Bundle:
    """A bundle ready to be sent."""

    pieces: list[Piece]
    manifest: bytes
    signature: bytes
    made_at: datetime

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the manifest: stands for the whole bundle."""
        return hashlib.sha256(self.manifest).hexdigest()

    def stream(self, store: PhotoStore) -> Iterator[bytes]:
        """The ZIP in pieces; memory holds one piece of one photo at a time. Errors: EvidenceFault."""
        sink = _Sink()
        signed = [_made("manifest.json", self.manifest), _made("manifest.sig", self.signature)]
        with zipfile.ZipFile(sink, "w") as archive:
            for piece in [*signed, *self.pieces]:
                with archive.open(self._entry(piece), "w") as file:
                    for part in store.open(piece.sha256) if piece.content is None else (piece.content,):
                        file.write(part)
                        yield from sink.taken()
        yield from sink.taken()

    def _entry(self, piece: Piece) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(piece.path, self.made_at.timetuple()[:6])
        # Photos and PDFs are compressed already.
        entry.compress_type = zipfile.ZIP_STORED if piece.content is None else zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        return entry


class _Sink:
    """What zipfile writes to: it cannot seek, and gives away what it has."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self) -> None:
        """There is nothing to close."""

    def taken(self) -> Iterator[bytes]:
        parts, self._parts = self._parts, []
        yield from parts


def make_bundle(
    gathered: Gathered,
    signer: ReceiptSigner,
    *,
    made_at: datetime,
    made_for: str | None,
    proof: Mapping[str, Any] | None,
) -> Bundle:
    """Put a bundle together.

    Args:
        made_at: local time of the district, aware. made_for: user name of who asked; None for the operator.
        proof: of the head that was written off the database, see HeadsBook.proof.
    """
    pieces = sorted(_pieces(gathered, signer, proof), key=lambda piece: piece.path)
    seq, head = gathered.head
    manifest = canonical(
        {
            "format": FORMAT,
            "case": gathered.number,
            "case_id": gathered.stored["case"]["id"],
            "made_at": wire_time(made_at),
            "made_for": made_for,
            "ledger_seq": seq,
            "ledger_head": head,
            "withheld_reports": gathered.withheld(),
            "withheld_papers": gathered.withheld_papers(),
            "files": [
                {"path": piece.path, "sha256": piece.sha256, "size_bytes": piece.size_bytes}
                for piece in pieces
            ],
        }
    )
    return Bundle(pieces, manifest, signer.sign_canonical(manifest).encode(), made_at)


def _pieces(gathered: Gathered, signer: ReceiptSigner, proof: Mapping[str, Any] | None) -> Iterator[Piece]:
    stored = gathered.stored
    about = {
        key: stored[key] for key in ("body", "township", "district", "category", "related", "zone_choices")
    }
    yield _made("README.txt", (_HERE / "readme.txt").read_bytes())
    yield _made("verify.py", (_HERE / "verify.py").read_bytes())
    yield _made("keys.json", _json(signer.jwks()))
    yield _made("case.json", _json({**stored["case"], **about}))
    yield _made("people.json", _json(stored["people"]))
    yield _made("ledger.jsonl", b"".join(orjson.dumps(entry) + b"\n" for entry in gathered.entries))
    if proof is not None:
        yield _made("heads.json", _json(proof))
    for number, content in gathered.schedules.items():
        yield _made(f"schedules/{number}.json", content.encode())
    for report in gathered.reports:
        yield from _of_report(report, gathered.receipts[report["id"]])
    for sha256, photo in gathered.photos().items():
        suffix = _SUFFIXES.get(photo["format"], photo["format"])
        yield Piece(f"photos/{sha256}.{suffix}", sha256, photo["size_bytes"], None)
    yield _made("proceedings.json", _json(gathered.papers["proceedings"]))
    for document in gathered.papers["documents"]:
        folder = f"documents/{document['id']}"
        yield _made(f"{folder}/content.json", document["content"].encode())
        yield _made(
            f"{folder}/record.json", _json({key: document[key] for key in document if key != "content"})
        )
    yield _made("attachments.json", _json(gathered.papers["attachments"]))
    for one in gathered.papers["attachments"]:
        held = Attachment(one["sha256"], one["media_type"], one["size_bytes"])
        yield Piece(f"attachments/{held.file_name}", held.sha256, held.size_bytes, None)


def _of_report(report: Mapping[str, Any], receipt: bytes) -> Iterator[Piece]:
    folder = f"reports/{report['id']}"
    yield _made(f"{folder}/payload.json", report["payload"].encode())
    yield _made(f"{folder}/receipt.json", receipt)
    matches = [{key: match[key] for key in match if key != "result"} for match in report["matches"]]
    for number, match in enumerate(report["matches"], start=1):
        yield _made(f"{folder}/match-{number}.json", match["result"].encode())
    told = {key: report[key] for key in report if key not in ("payload", "matches", "findings")}
    yield _made(f"{folder}/record.json", _json({**told, "matches": matches}))
    yield _made(f"{folder}/findings.json", _json(report["findings"]))


def _made(path: str, content: bytes) -> Piece:
    return Piece(path, hashlib.sha256(content).hexdigest(), len(content), content)


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)
