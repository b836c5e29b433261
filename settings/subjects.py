"""Settings of responsible subjects."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Subjects(BaseModel):
    """The register of who answers for which zone, and files of it."""

    subject_import_max_bytes: int = Field(
        4 * 1024 * 1024,
        ge=1024,
        description="Largest file of subjects: the shops of a township take some 100 kB.",
    )
    subject_import_rows_max_count: int = Field(
        5000,
        ge=1,
        le=100_000,
        description="Rows of one file: a township's shops; a district's come by township.",
    )
    subject_import_unpacked_max_bytes: int = Field(
        64 * 1024 * 1024,
        ge=1024,
        description="An XLSX is a ZIP; unpacked it may be so large. Sheets of 5,000 rows take some 3 MB.",
    )
    subject_import_timeout_s: float = Field(
        20.0,
        gt=0,
        le=120,
        description="How long reading one file may take; the largest allowed takes about 2 s.",
    )
    subject_import_memory_bytes: int = Field(
        512 * 1024 * 1024, ge=64 * 1024 * 1024, description="Address space of the child that reads a file."
    )
    subject_import_listed_max_count: int = Field(
        500, ge=1, le=10_000, description="Rows an answer lists: faulty ones come first; counts are of all."
    )
