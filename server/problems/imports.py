"""What can go wrong with the import of a layer."""

from __future__ import annotations

from typing import Any

from server.problems.base import Problem


class ImportFileRefused(Problem):
    """A file of zones that is not read; the code says why, `detail` has the particulars. Nothing was kept."""

    status, code = 422, "import_unreadable"

    def __init__(self, code: str, **members: Any) -> None:
        if code not in IMPORT_CODES:
            raise ValueError(f"{code} is no problem of an import")
        self.code = code
        super().__init__(**members)

    @classmethod
    def codes(cls) -> tuple[str, ...]:
        return IMPORT_CODES


IMPORT_CODES = (
    "import_empty",
    "import_format_unknown",
    "import_unreadable",
    "import_archive_refused",
    "import_layers_several",
    "import_crs_missing",
    "import_crs_unknown",
    "import_crs_conflict",
    "import_datum_mixed",
    "import_column_unknown",
    "import_too_many_zones",
    "import_limit",
)


class ImportFaulty(Problem):
    """Zones with errors whose repair was not accepted; `zones` names them. Nothing was applied."""

    status, code = 409, "import_faulty"


class ImportDatumUnconfirmed(Problem):
    """The layer fits what is there only in another datum, see `fault`: read it again, or confirm the declared one."""

    status, code = 409, "import_datum_unconfirmed"


class ImportApplied(Problem):
    """This import was applied before; send the file again to compare it with the layer as it is now."""

    status, code = 409, "import_applied"


class DrawingRefused(Problem):
    """Buildings, streets or property lines that nothing can be drawn from; `detail` of the drawing names the faults."""

    status, code = 422, "drawing_refused"
