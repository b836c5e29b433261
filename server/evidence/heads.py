"""Heads of the chains, off the database: whoever owns the database can rewrite a chain with its head, but not this.

A run writes down, for every case that grew since the run before, its number, newest entry and hash, as one line each of
`000001.txt`; the RFC 9162 tree hash of these lines stands in one signed line of `heads.jsonl`, which also holds the
digest of the line before it. Files only ever gain neighbours. What protects them from this machine's own administrator
is the copy of each line that goes elsewhere (server.evidence.posting).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
from sqlalchemy import Connection, text

from server.evidence import merkle
from server.evidence.canonical import canonical
from server.evidence.faults import EvidenceFault
from server.evidence.signing import ReceiptSigner

LINES = "heads.jsonl"

# What each kind of fault means, zh-CN and English.
WORDS = {
    "line": ("链首文件此行无法读取", "a line of the heads file cannot be read"),
    "number": ("链首文件行号不连续", "lines of the heads file are not consecutive"),
    "previous": ("链首文件此行未接在前一行之后", "a line of the heads file does not continue the one before"),
    "signature": ("链首文件此行签名无效", "the signature of a line of the heads file does not hold"),
    "leaves": ("链首明细缺失或与根不符", "the list of a run is missing or has not the root of its line"),
    "cut": ("链首文件缺少已写出的行", "the heads file lacks lines that were written"),
    "case_missing": ("链首所记案卷不存在", "a case whose head was written is not there"),
    "shorter": ("案卷流水短于其链首所记", "the case is shorter than its recorded head"),
    "different": ("案卷流水与其链首所记不同", "the case differs from its recorded head"),
}


class HeadsBroken(EvidenceFault):
    """The heads file on this machine cannot be continued; `frontage verify` says where it broke."""


@dataclass(frozen=True)
class HeadFault:
    """One difference. `run` is the line of heads.jsonl; case and entry are named where one is concerned."""

    code: str
    run: int
    case_number: str | None = None
    seq: int | None = None

    def __str__(self) -> str:
        chinese, english = WORDS[self.code]
        case = f" 案卷/case {self.case_number} # {self.seq}" if self.case_number else ""
        return f"链首/head {self.run}{case}: {chinese} / {english} ({self.code})"


@dataclass(frozen=True)
class Head:
    """The newest entry of one case."""

    case_id: UUID
    number: str
    seq: int
    hash: str

    @property
    def leaf(self) -> bytes:
        return f"{self.number} {self.seq} {self.hash}".encode()


@dataclass(frozen=True)
class HeadsBook:
    """The folder of heads; one may be written to by several processes of one machine."""

    folder: Path
    signer: ReceiptSigner

    def write(self, connection: psycopg.Connection[Any], at: datetime) -> bytes | None:
        """Write off every case that grew, and note it in the database; the new line, or None when none grew.

        Durable here before the database hears of it: a crash in between writes a case twice, and leaves none out.
        Errors: HeadsBroken, OSError.
        """
        with self._alone():
            rows = connection.execute("SELECT case_id, number, seq, head FROM heads_due_v1()").fetchall()
            due = [Head(*row) for row in rows]
            if not due:
                return None
            line = self._append([head.leaf for head in due], at)
            values = (read_line(line)["number"], [head.case_id for head in due], [head.seq for head in due])
            connection.execute("SELECT heads_written_v1(%s, %s, %s)", values)
            return line

    def lines(self, after: int = 0) -> list[bytes]:
        """The lines that were written whole, oldest first, without their newlines; the first `after` left out."""
        path = self.folder / LINES
        return path.read_bytes().split(b"\n")[after:-1] if path.exists() else []

    def leaves(self, run: int) -> list[bytes] | None:
        """`number seq hash` of each case of one run, or None when its list is not here."""
        try:
            return self._list_path(run).read_bytes().splitlines()
        except FileNotFoundError:
            return None

    def proof(self, run: int, case_number: str) -> dict[str, Any] | None:
        """That the head of a case stands in one run: its leaf, the way to the root, and the signed line.

        None when this machine has no such run or the case is not in it.
        """
        leaves, lines = self.leaves(run) or [], self.lines(run - 1)
        named = f"{case_number} ".encode()
        index = next((index for index, leaf in enumerate(leaves) if leaf.startswith(named)), None)
        if index is None or not lines:
            return None
        return {
            "leaf": leaves[index].decode(),
            "index": index,
            "count": len(leaves),
            "path": [step.hex() for step in merkle.path(leaves, index)],
            "line": lines[0].decode(),
        }

    def faults(self, lines: Sequence[bytes]) -> Iterator[HeadFault]:
        """What is wrong with these lines, all from the first on, and with their lists."""
        previous = ""
        for number, line in enumerate(lines, start=1):
            code = self._line_fault(number, line, previous)
            if code is not None:
                yield HeadFault(code, number)
            previous = hashlib.sha256(line).hexdigest()

    def _line_fault(self, number: int, line: bytes, previous: str) -> str | None:
        try:
            said = read_line(line)
        except ValueError:
            return "line"
        if said["number"] != number:
            return "number"
        if said["previous"] != previous:
            return "previous"
        signed = {key: value for key, value in said.items() if key != "signature"}
        if not self.signer.verify(signed, said["signature"]):
            return "signature"
        leaves = self.leaves(number)
        whole = leaves is not None and (len(leaves), merkle.root(leaves).hex()) == (
            said["cases"],
            said["root"],
        )
        return None if whole else "leaves"

    def _append(self, leaves: list[bytes], at: datetime) -> bytes:
        self._drop_torn_line()
        lines = self.lines()
        number = _number_of(lines[-1]) + 1 if lines else 1
        said = canonical(
            {
                "number": number,
                "at": at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
                "cases": len(leaves),
                "root": merkle.root(leaves).hex(),
                "previous": hashlib.sha256(lines[-1]).hexdigest() if lines else "",
            }
        )
        line = said[:-1] + b',"signature":"' + self.signer.sign_canonical(said).encode() + b'"}'
        self._put_list(number, b"".join(leaf + b"\n" for leaf in leaves))
        _write(self.folder / LINES, line + b"\n", os.O_APPEND)
        return line

    def _put_list(self, run: int, content: bytes) -> None:
        draft, path = self.folder / f".{run:06d}.txt", self._list_path(run)
        _write(draft, content, os.O_TRUNC)
        draft.chmod(0o444)
        draft.rename(path)
        _sync_folder(self.folder)

    def _drop_torn_line(self) -> None:
        # The end of a line whose writing was cut off by a crash: nobody was told of it.
        path = self.folder / LINES
        if path.exists() and not (written := path.read_bytes()).endswith(b"\n"):
            os.truncate(path, written.rfind(b"\n") + 1)

    def _list_path(self, run: int) -> Path:
        return self.folder / f"{run:06d}.txt"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(self.folder / ".lock", "ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def read_line(line: bytes) -> dict[str, Any]:
    """What a line says. Raises ValueError when it is none of ours."""
    said = orjson.loads(line)
    kinds = {"number": int, "at": str, "cases": int, "root": str, "previous": str, "signature": str}
    if not isinstance(said, dict) or {key: type(value) for key, value in said.items()} != kinds:
        raise ValueError("no line of heads")
    return said


def _number_of(last_line: bytes) -> int:
    try:
        number: int = read_line(last_line)["number"]
    except ValueError as error:
        raise HeadsBroken(
            "链首文件末行无法读取,不再续写 / the last line of the heads file cannot be read: nothing is added"
        ) from error
    return number


def compare(connection: Connection, book: HeadsBook, lines: Sequence[bytes]) -> Iterator[HeadFault]:
    """Every case against every head that was ever written of it; needs the owner's rights.

    Args:
        lines: read from the book BEFORE the transaction began, so that none is younger than what it sees.
    Yields: what is wrong with the book itself, else differences, in the order of writing.
    """
    broken = list(book.faults(lines))
    yield from broken
    if broken:
        return
    written = connection.execute(text("SELECT coalesce(max(run), 0) FROM case_head")).scalar_one()
    if written > len(book.lines()):
        yield HeadFault("cut", written)
    connection.execute(text(_RECORDED))
    for run in range(1, len(lines) + 1):
        _copy(connection, run, book.leaves(run) or [])
    for row in connection.execute(text(_DIFFERENCES)):
        yield HeadFault(row.code, row.run, row.number, row.seq)


_RECORDED = (
    "CREATE TEMPORARY TABLE recorded_head (run bigint, number text, seq integer, head text) ON COMMIT DROP"
)
_DIFFERENCES = """
SELECT r.run, r.number, r.seq,
  CASE WHEN c.id IS NULL THEN 'case_missing' WHEN l.hash IS NULL THEN 'shorter' ELSE 'different' END AS code
FROM recorded_head r
LEFT JOIN case_file c ON c.number = r.number
LEFT JOIN ledger l ON l.case_id = c.id AND l.seq = r.seq
WHERE l.hash IS DISTINCT FROM r.head
ORDER BY r.run, r.number, r.seq
"""


def _copy(connection: Connection, run: int, leaves: Sequence[bytes]) -> None:
    rows = "".join(f"{run}\t" + leaf.decode().replace(" ", "\t") + "\n" for leaf in leaves)
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the pool gave no connection")
    with driver.cursor() as cursor:
        cursor.copy_expert("COPY recorded_head FROM STDIN", StringIO(rows))


def _write(path: Path, content: bytes, how: int) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | how, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
