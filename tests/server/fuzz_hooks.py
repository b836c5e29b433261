"""What Schemathesis is told about this server, loaded by it as SCHEMATHESIS_HOOKS.

An address longer than the HTTP server reads never reaches the app, so no operation can document what it answers;
tests/server/test_fuzz.py looks at that answer by itself.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import schemathesis

REQUEST_LINE_MAX_BYTES = 4094
_METHOD_AND_VERSION_BYTES = len("OPTIONS  HTTP/1.1")


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Only cases whose request line the server reads."""
    return line_bytes(case) <= REQUEST_LINE_MAX_BYTES


def line_bytes(case: Any) -> int:
    """Length of a case's request line."""
    import requests

    parts = urlsplit(requests.Request(**case.as_transport_kwargs(base_url="http://h")).prepare().url)
    return len(parts.path) + len(parts.query) + 1 + _METHOD_AND_VERSION_BYTES
