"""Sets what is printed in a limited child process: a folder with a template, data and pictures in, one PDF out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import structlog

from server.exports.typeset_child import PDF
from server.places.editing.limited import ChildBusy, ChildOverLimit, LimitedChild
from server.problems.exports import CaseFileLimit
from server.problems.request import Internal, Unavailable

CHILD = "server.exports.typeset_child"
MEDIA_TYPE = "application/pdf"
CASE_FILE = Path(__file__).with_name("casefile.typ")
log = structlog.get_logger()


@dataclass(frozen=True)
class Printer:
    """Sets case files and reports. Safe from many threads.

    Attributes:
        scratch: folder in which a folder is made for each file, and removed. fonts: folder of Noto Serif and Sans CJK.
    """

    child: LimitedChild
    scratch: Path
    fonts: Path

    def set(self, told: Mapping[str, Any], files: Mapping[str, bytes], template: Path = CASE_FILE) -> bytes:
        """The PDF.

        Args:
            told: data of the template, see server.exports.casefile. files: pictures it names.
        Raises: CaseFileLimit, Unavailable, Internal (the template cannot be set: a defect, or no fonts).
        """
        self.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self.scratch) as made:
            folder = Path(made)
            (folder / template.name).write_bytes(template.read_bytes())
            (folder / "data.json").write_bytes(orjson.dumps(told))
            for name, content in files.items():
                (folder / name).write_bytes(content)
            try:
                asked = {"folder": str(folder), "template": template.name, "fonts": str(self.fonts)}
                answer = self.child.ask(asked)
            except ChildOverLimit as error:
                raise CaseFileLimit() from error
            except ChildBusy as error:
                raise Unavailable() from error
            if answer["fault"] is not None:
                log.error("paper_not_set", template=template.name, fault=answer["fault"])
                raise Internal()
            return (folder / PDF).read_bytes()
