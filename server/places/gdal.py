"""pyogrio without Arrow.

It takes pyarrow along wherever that is installed, for functions that are not called here: 200 MB of address space for
every child that reads a file, 30 MB for every process of the server, a third of a second at each start.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any


def _without_arrow() -> Any:
    if "pyarrow" in sys.modules:
        return import_module("pyogrio")
    sys.modules["pyarrow"] = None  # type: ignore[assignment]
    try:
        return import_module("pyogrio")
    finally:
        # Whoever needs Arrow afterwards finds it.
        del sys.modules["pyarrow"]


pyogrio = _without_arrow()
