"""One deployment for many bad requests, and the check that a refused one left nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine

from config import Config
from server.messages import catalogue
from tests.server.reports.street import row_counts, tree

PROBLEM = "application/problem+json"
BOUNDARY = "b0undary"


@dataclass(frozen=True)
class Target:
    """A running deployment that bad requests are sent to."""

    client: FlaskClient
    headers: dict[str, str]
    owner: Engine
    config: Config

    def put(self, body: bytes, content_type: str | None = "application/json", **headers: str) -> Any:
        """One report from these bytes, under an id of its own."""
        given = {**self.headers, **headers}
        if content_type is not None:
            given["Content-Type"] = content_type
        return self.client.put(f"/api/v1/reports/{uuid4()}", data=body, headers=given)

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.headers)

    def put_parts(self, *parts: bytes, boundary: str = BOUNDARY) -> Any:
        return self.put(join(*parts), f"multipart/form-data; boundary={boundary}")

    def state(self) -> tuple[dict[str, int], dict[str, int]]:
        """Rows of the database and files of the data folder."""
        return row_counts(self.owner), tree(self.config.var)

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        before = self.state()
        yield
        assert self.state() == before


def join(*parts: bytes, boundary: str = BOUNDARY) -> bytes:
    """A multipart body; each part has its header lines, an empty line and its content."""
    line = f"--{boundary}\r\n".encode()
    return b"".join(line + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()


def part(name: str, content: bytes, filename: str | bytes | None = None, more: bytes = b"") -> bytes:
    head = b'Content-Disposition: form-data; name="' + name.encode() + b'"'
    if filename is not None:
        raw = filename if isinstance(filename, bytes) else filename.encode("utf-8", "surrogatepass")
        head += b'; filename="' + raw + b'"'
    return head + more + b"\r\n\r\n" + content


def problem_of(answer: Any) -> dict[str, Any]:
    """The problem of an answer, after a look at its form: below 500, a stable code, words in both languages."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    assert answer.content_type == PROBLEM
    problem: dict[str, Any] = answer.json
    assert problem["status"] == answer.status_code
    assert f"problem.{problem['code']}" in catalogue("en")
    assert problem["title"] and problem["title_en"] and problem["request_id"]
    return problem
