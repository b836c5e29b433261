"""A client of the stream that reads it as it comes, from the server as it is run."""

from __future__ import annotations

import http.client
import json
import socket
import time
from typing import Any

from tests.serving import Served

API = "/api/v1"
GIVE_UP_S = 60.0


class Reader:
    """One open stream, read as it comes."""

    def __init__(self, served: Served, path: str, headers: dict[str, str], *, version: str = "1.1") -> None:
        self.socket = socket.create_connection((served.host, served.port), timeout=GIVE_UP_S)
        lines = [f"GET {API}{path} HTTP/{version}", f"Host: {served.host}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._raw = b""
        self.body = b""
        self.ended = False
        self.last_id = ""
        self.beats = 0
        head = self._until(b"\r\n\r\n")
        self.status = int(head.split()[1])
        self.headers = http.client.parse_headers(_Lines(head.partition(b"\r\n")[2] + b"\r\n\r\n"))
        self._chunked = self.headers["Transfer-Encoding"] == "chunked"

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._raw:
            self._receive()
        found, _, self._raw = self._raw.partition(mark)
        return found

    def _receive(self) -> None:
        got = self.socket.recv(65536)
        if not got:
            raise ConnectionResetError("the server hung up")
        self._raw += got

    def _take(self) -> None:
        """One further part of the body."""
        if "Content-Length" in self.headers:
            while len(self._raw) < int(self.headers["Content-Length"]):
                self._receive()
            self.body, self._raw, self.ended = self.body + self._raw, b"", True
            return
        if not self._chunked:
            while not self._raw:
                self._receive()
            self.body, self._raw = self.body + self._raw, b""
            return
        size = int(self._until(b"\r\n"), 16)
        while len(self._raw) < size + 2:
            self._receive()
        self.body, self._raw = self.body + self._raw[:size], self._raw[size + 2 :]
        self.ended = size == 0

    def block(self) -> dict[str, str]:
        """The fields of the next event, of whatever kind."""
        while True:
            while b"\n\n" in self.body:
                block, _, self.body = self.body.partition(b"\n\n")
                lines = [line.partition(": ") for line in block.decode().split("\n")]
                self.beats += block.startswith(b": beat")
                fields = {name: value for name, _, value in lines}
                self.last_id = fields.get("id", self.last_id)
                if "data" in fields:
                    return fields
            assert not self.ended, "the stream ended"
            self._take()

    def event(self) -> dict[str, Any]:
        """The next change."""
        told: dict[str, Any] = json.loads(self.block()["data"])
        return told

    def events(self, count: int) -> list[tuple[str, str]]:
        return [(one["kind"], one["case"]) for one in (self.event() for _ in range(count))]

    def wait_until(self, text: bytes) -> None:
        while text not in self.body:
            self._take()

    def wait_for_the_end(self) -> None:
        """Until the stream ends in order; beats alone are not waited for for ever."""
        give_up_s = time.monotonic() + GIVE_UP_S
        while not self.ended:
            assert time.monotonic() < give_up_s, "the stream goes on"
            self._take()


class _Lines:
    def __init__(self, data: bytes) -> None:
        self._left = data

    def readline(self, _: int = -1) -> bytes:
        line, mark, self._left = self._left.partition(b"\n")
        return line + mark
