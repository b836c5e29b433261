"""Heads of the chains off the database: what a rewritten database cannot take back, in a file that shows its cuts."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import orjson
import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from server import jobs, schema
from server.deployment import WORKER_ROLE
from server.evidence import heads, merkle
from server.evidence.heads import HeadFault, HeadsBook, HeadsBroken
from server.evidence.ledger import verify_chain
from server.evidence.posting import HeadNotPosted, HeadsPost
from server.evidence.signing import ReceiptSigner
from tests import factories
from tests.factories import JINSHA
from tests.postgres import TestServer

SignIn = Callable[..., dict[str, str]]
AT = datetime(2026, 11, 29, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> HeadsBook:
    signer = ReceiptSigner.load_or_create(tmp_path / "receipt.pem")
    return HeadsBook(tmp_path / "heads", signer)


@pytest.fixture
def worker_url(postgres: TestServer, database_url: str) -> str:
    return schema.role_url(database_url, WORKER_ROLE, postgres.app_password)


@pytest.fixture
def write(book: HeadsBook, worker_url: str) -> Callable[[], dict | None]:
    """Write off what grew, as the worker does with its role; what the new line says."""

    def written() -> dict | None:
        with jobs.connect(worker_url) as connection:
            line = book.write(connection, AT)
        return orjson.loads(line) if line else None

    return written


@pytest.fixture
def numbers(owner: Engine, client: FlaskClient, sign_in: SignIn) -> list[str]:
    """Three cases with an entry each, by number."""
    factories.make_zone(owner, kind="township", township=JINSHA, width_m=3000, depth_m=3000)
    headers = sign_in("officer")
    return [open_case(client, headers) for _ in range(3)]


def open_case(client: FlaskClient, headers: dict[str, str]) -> str:
    path = f"/api/v1/reports/{uuid4()}"
    answer = client.put(path, json=factories.report_json(), headers=headers)
    number: str = answer.get_json()["case"]["number"]
    return number


def act(owner: Engine, number: str, *actions: str) -> None:
    """Entries as casework adds them."""
    with owner.begin() as connection:
        connection.execute(text("SELECT set_config('frontage.scope', 'district', true)"))
        for action in actions:
            connection.execute(
                text("SELECT ledger_append_v1(id, :action, '{}') FROM case_file WHERE number = :number"),
                {"action": action, "number": number},
            )


def forge(owner: Engine, *statements: str) -> None:
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount > 0


def faults(owner: Engine, book: HeadsBook) -> list[HeadFault]:
    lines = book.lines()
    with owner.connect() as connection:
        return list(heads.compare(connection, book, lines))


def chain_faults(owner: Engine) -> list[str]:
    with owner.connect() as connection:
        return [fault.code for fault in verify_chain(connection)]


CUT_TAIL = """
WITH gone AS (DELETE FROM ledger l USING case_file c WHERE c.id = l.case_id AND c.number = '{number}' AND l.seq = 3
  RETURNING l.case_id, l.prev_hash)
UPDATE case_file c SET ledger_seq = 2, ledger_head = gone.prev_hash FROM gone WHERE c.id = gone.case_id
"""
# Seven lines to hash, once more for the third entry, as somebody who knows how would write it anew.
REWRITTEN = """
WITH anew AS (
  UPDATE ledger l SET body = '{{"note":"otherwise"}}',
    hash = ledger_hash(l.prev_hash, l.case_id, l.seq, l.recorded_at, l.actor_id, l.action, '{{"note":"otherwise"}}')
  FROM case_file c WHERE c.id = l.case_id AND c.number = '{number}' AND l.seq = 3 RETURNING l.case_id, l.hash)
UPDATE case_file c SET ledger_head = anew.hash FROM anew WHERE c.id = anew.case_id
"""


def test_a_run_writes_each_case_once_and_the_next_only_those_that_grew(
    numbers: list[str], write: Callable[[], dict | None], owner: Engine, book: HeadsBook
) -> None:
    first = write()
    assert first is not None and (first["number"], first["cases"], first["previous"]) == (1, 3, "")
    leaves = book.leaves(1)
    assert leaves is not None and [leaf.split()[0].decode() for leaf in leaves] == sorted(numbers)
    assert merkle.root(leaves).hex() == first["root"]
    assert write() is None
    act(owner, numbers[1], "case.registered")
    second = write()
    assert second is not None and (second["number"], second["cases"]) == (2, 1)
    assert book.leaves(2)[0].startswith(f"{numbers[1]} 2 ".encode())  # type: ignore[index]
    assert faults(owner, book) == []


def test_a_tail_cut_off_together_with_what_the_case_remembers_is_found_by_its_head(
    numbers: list[str], write: Callable[[], dict | None], owner: Engine, book: HeadsBook
) -> None:
    act(owner, numbers[0], "case.registered", "case.dispatched")
    write()
    forge(owner, CUT_TAIL.format(number=numbers[0]))
    assert chain_faults(owner) == [], "without the heads nothing shows"
    assert faults(owner, book) == [HeadFault("shorter", 1, numbers[0], 3)]
    assert numbers[0] in str(faults(owner, book)[0])


def test_an_old_chain_rewritten_with_its_right_hashes_is_found_by_its_head(
    numbers: list[str], write: Callable[[], dict | None], owner: Engine, book: HeadsBook
) -> None:
    act(owner, numbers[2], "case.registered", "case.dispatched")
    write()
    act(owner, numbers[0], "case.registered")
    write()
    forge(owner, REWRITTEN.format(number=numbers[2]))
    assert chain_faults(owner) == []
    assert faults(owner, book) == [HeadFault("different", 1, numbers[2], 3)]
    # Written off once more it does not become true: the first line still stands.
    act(owner, numbers[2], "case.accepted")
    write()
    assert faults(owner, book) == [HeadFault("different", 1, numbers[2], 3)]


def test_a_case_that_vanished_is_found(
    numbers: list[str], write: Callable[[], dict | None], owner: Engine, book: HeadsBook
) -> None:
    write()
    forge(
        owner,
        *(
            f"DELETE FROM {table} WHERE {column} = (SELECT id FROM case_file WHERE number = '{numbers[1]}')"
            for table, column in (("ledger", "case_id"), ("case_head", "case_id"), ("case_file", "id"))
        ),
    )
    assert faults(owner, book) == [HeadFault("case_missing", 1, numbers[1], 1)]


def test_any_byte_of_the_heads_file_and_its_lists_is_covered(
    numbers: list[str], write: Callable[[], dict | None], owner: Engine, book: HeadsBook
) -> None:
    write()
    act(owner, numbers[0], "case.registered")
    write()
    for name in ("heads.jsonl", "000001.txt", "000002.txt"):
        path = book.folder / name
        path.chmod(0o600)
        whole = path.read_bytes()
        for place in range(0, len(whole) - 1, 11):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            assert list(book.faults(book.lines())), (name, place)
        path.write_bytes(whole)
    assert faults(owner, book) == []


@pytest.mark.parametrize(
    "cut, code",
    [
        (lambda lines: lines[:-1], "cut"),
        (lambda lines: lines[1:], "number"),
        (lambda lines: [lines[0], lines[2]], "number"),
        (lambda lines: [], "cut"),
        (lambda lines: [*lines[:2], b"{}"], "line"),
    ],
)
def test_a_heads_file_that_lost_lines_says_so(
    cut: Callable[[list[bytes]], list[bytes]],
    code: str,
    numbers: list[str],
    write: Callable[[], dict | None],
    owner: Engine,
    book: HeadsBook,
) -> None:
    for _ in range(3):
        act(owner, numbers[0], "case.registered")
        write()
    lines = cut(book.lines())
    (book.folder / "heads.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    assert faults(owner, book)[0].code == code


def test_a_line_made_anew_with_our_own_key_does_not_continue_the_one_before(
    numbers: list[str], write: Callable[[], dict | None], owner: Engine, book: HeadsBook
) -> None:
    write()
    act(owner, numbers[0], "case.registered")
    write()
    said = {**orjson.loads(book.lines()[0]), "at": "2026-01-01T00:00:00.000000Z"}
    said.pop("signature")
    forged = orjson.dumps({**said, "signature": book.signer.sign(said)})
    (book.folder / "heads.jsonl").write_bytes(b"\n".join([forged, book.lines()[1], b""]))
    assert [(fault.code, fault.run) for fault in faults(owner, book)] == [("previous", 2)]


def test_lines_signed_by_a_key_that_was_replaced_still_hold_and_those_of_strangers_do_not(
    numbers: list[str], write: Callable[[], dict | None], owner: Engine, book: HeadsBook, tmp_path: Path
) -> None:
    write()
    renewed = HeadsBook(book.folder, ReceiptSigner.rotate(tmp_path / "receipt.pem", AT))
    assert faults(owner, renewed) == []
    stranger = HeadsBook(book.folder, ReceiptSigner.load_or_create(tmp_path / "other.pem"))
    assert [fault.code for fault in faults(owner, stranger)] == ["signature"]


def test_a_crash_before_the_database_was_told_writes_a_case_twice_and_leaves_none_out(
    numbers: list[str], owner: Engine, book: HeadsBook, worker_url: str, write: Callable[[], dict | None]
) -> None:
    with psycopg.connect(jobs.conninfo(worker_url)) as connection:
        assert book.write(connection, AT) is not None
        connection.rollback()
    again = write()
    assert again is not None and (again["number"], again["cases"]) == (2, 3)
    assert faults(owner, book) == []


def test_a_line_that_was_torn_by_a_crash_is_written_anew(
    numbers: list[str], owner: Engine, book: HeadsBook, write: Callable[[], dict | None]
) -> None:
    write()
    with open(book.folder / "heads.jsonl", "ab") as file:
        file.write(b'{"number":2,"at":"2026')
    act(owner, numbers[0], "case.registered")
    second = write()
    assert second is not None and second["number"] == 2
    assert faults(owner, book) == []


def test_a_file_that_cannot_be_read_is_not_continued(
    numbers: list[str], owner: Engine, book: HeadsBook, write: Callable[[], dict | None]
) -> None:
    write()
    (book.folder / "heads.jsonl").write_bytes(b"nonsense\n")
    act(owner, numbers[0], "case.registered")
    with pytest.raises(HeadsBroken):
        write()


def test_two_writers_at_once_write_one_after_the_other(
    numbers: list[str], owner: Engine, book: HeadsBook, worker_url: str
) -> None:
    start = threading.Barrier(4)

    def work(number: int) -> None:
        start.wait()
        for _ in range(3):
            act(owner, numbers[number % 3], "case.registered")
            with jobs.connect(worker_url) as connection:
                book.write(connection, AT)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults(owner, book) == []
    assert len(book.lines()) >= 1


def test_a_proof_leads_from_the_head_of_a_case_to_the_signed_root(
    numbers: list[str], write: Callable[[], dict | None], book: HeadsBook
) -> None:
    write()
    proof = book.proof(1, numbers[1])
    assert proof is not None
    path = [bytes.fromhex(step) for step in proof["path"]]
    made = merkle.root_by_path(proof["leaf"].encode(), proof["index"], proof["count"], path)
    assert made.hex() == orjson.loads(proof["line"])["root"]
    assert book.proof(1, "TZ-2026-999999") is None
    assert book.proof(7, numbers[1]) is None


# --- Elsewhere ------------------------------------------------------------------------------------------------


class Receiver:
    """A real HTTP server that takes lines, or answers what a test tells it to."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.asked: list[str] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.answers.pop(0) if receiver.answers else 204
                receiver.asked.append(self.path)
                if status < 300:
                    receiver.taken.append(body)
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/heads?who=district"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def test_every_line_is_sent_once_in_order_and_again_from_where_it_failed(
    numbers: list[str],
    write: Callable[[], dict | None],
    owner: Engine,
    book: HeadsBook,
    receiver: Receiver,
) -> None:
    post = HeadsPost(receiver.url, timeout_s=5)
    for _ in range(3):
        act(owner, numbers[0], "case.registered")
        write()
    receiver.answers = [204, 500]
    with pytest.raises(HeadNotPosted):
        post.send_new(book)
    assert receiver.taken == book.lines()[:1]
    assert post.send_new(book) == 2
    assert post.send_new(book) == 0
    assert receiver.taken == book.lines()
    assert set(receiver.asked) == {"/heads?who=district"}


def test_a_redirect_is_a_refusal_and_nothing_goes_where_it_leads(
    numbers: list[str], write: Callable[[], dict | None], book: HeadsBook, receiver: Receiver
) -> None:
    write()
    receiver.answers = [307]
    with pytest.raises(HeadNotPosted):
        HeadsPost(receiver.url, timeout_s=5).send_new(book)
    assert receiver.asked == ["/heads?who=district"]
    assert HeadsPost(receiver.url, timeout_s=5).send_new(book) == 1


def test_nobody_there_is_told_and_the_heads_stay_written(
    numbers: list[str], write: Callable[[], dict | None], book: HeadsBook, tmp_path: Path
) -> None:
    write()
    with pytest.raises(HeadNotPosted):
        HeadsPost("http://127.0.0.1:9/", timeout_s=1).send_new(book)
    assert len(book.lines()) == 1
    shutil.rmtree(tmp_path / "heads")
    assert book.lines() == []


def test_every_kind_of_fault_of_a_head_has_a_sentence_in_both_languages() -> None:
    told = {
        "line",
        "number",
        "previous",
        "signature",
        "leaves",
        "cut",
        "case_missing",
        "shorter",
        "different",
    }
    assert set(heads.WORDS) == told
    assert all(chinese and english for chinese, english in heads.WORDS.values())
