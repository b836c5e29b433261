"""What reaches the log: enough to find a fault, and nothing that people sent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server import logs

ROOT = Path(__file__).resolve().parents[2]


def lines_of(program: str, **environ: str) -> list[dict[str, Any]]:
    """The JSON lines a program leaves on standard error."""
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [json.loads(line) for line in ran.stderr.splitlines()]


FAULT = """
import logging
from server import logs
logs.configure()
class Odd(Exception):
    sqlstate = "23505"
try:
    try:
        raise Odd("Key (username)=(zhang.san) already exists")
    except Odd as error:
        raise RuntimeError("lat=32.0692453") from error
except RuntimeError:
    logging.getLogger("other").exception("Error handling request %s", "/api/v1/match?lon=121.07&lat=32.07")
"""


def test_a_fault_is_told_by_class_place_and_code_without_what_was_sent() -> None:
    (line,) = lines_of(FAULT)
    assert line["event"] == "Error handling request /api/v1/match"
    assert [error["type"].rpartition(".")[2] for error in line["error"]] == ["RuntimeError", "Odd"]
    assert line["error"][1]["sqlstate"] == "23505"
    assert line["error"][0]["frames"] == ["<string>:11 <module>"]
    assert not any(sent in json.dumps(line) for sent in ("zhang.san", "32.06", "121.07"))


ACCESS = """
import json, sys
from datetime import timedelta
from types import SimpleNamespace
from server.gunicorn_conf import JsonLogger
logger = JsonLogger.__new__(JsonLogger)
logger.setup(SimpleNamespace())
response = SimpleNamespace(status_code=201, sent=17, headers=[("X-Request-Id", "abcdefgh")])
environ = {
    "REQUEST_METHOD": "PUT", "PATH_INFO": "/api/v1/reports/7", "QUERY_STRING": "secret=1", "RAW_URI": "/x?secret=1",
    "REMOTE_ADDR": "203.0.113.7", "HTTP_AUTHORIZATION": "Bearer secret", "HTTP_USER_AGENT": "phone of zhang.san",
}
logger.access(response, None, environ, timedelta(milliseconds=12))
"""


def test_a_request_is_told_by_method_path_status_and_id_and_by_nothing_of_its_sender(tmp_path: Path) -> None:
    (line,) = lines_of(ACCESS, FRONTAGE_VAR=str(tmp_path))
    line.pop("at")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "frontage.access",
        "method": "PUT",
        "path": "/api/v1/reports/7",
        "status": 201,
        "sent_bytes": 17,
        "took_ms": timedelta(milliseconds=12) / timedelta(milliseconds=1),
        "request_id": "abcdefgh",
    }


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("GET /a?b=c HTTP/1.1", "GET /a HTTP/1.1"),
        ("no address here", "no address here"),
        ("'/a?b' and \"/c?d=e\"", "'/a' and \"/c\""),
    ],
)
def test_query_strings_are_cut(text: str, kept: str) -> None:
    assert logs.without_queries(None, "", {"event": text, "status": 200}) == {"event": kept, "status": 200}
