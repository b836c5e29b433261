"""What can go wrong with reports, their photos and their re-matches."""

from __future__ import annotations

from typing import Any

from server.problems.base import Problem


class ReportConflict(Problem):
    """This report id was used for other content before."""

    status, code = 409, "report_conflict"


class PhotoDigestMismatch(Problem):
    """The bytes do not have the digest named for them."""

    status, code = 422, "photo_digest_mismatch"


class PhotoNotDeclared(Problem):
    """A photo came that the report does not list."""

    status, code = 422, "photo_not_declared"


class PhotoUnusable(Problem):
    """The bytes are no photo we accept; the code says why."""

    status, code = 422, "photo_not_an_image"

    def __init__(self, code: str, **members: Any) -> None:
        if code not in PHOTO_CODES:
            raise ValueError(f"{code} is no photo problem")
        self.code = code
        super().__init__(**members)

    @classmethod
    def codes(cls) -> tuple[str, ...]:
        return PHOTO_CODES


PHOTO_CODES = (
    "photo_not_an_image",
    "photo_truncated",
    "photo_corrupt",
    "photo_too_many_pixels",
    "photo_decode_limit",
    "photo_animated",
)


class RematchConflict(Problem):
    """A re-match runs when its list is complete; `state` says where it is."""

    status, code = 409, "rematch_conflict"
