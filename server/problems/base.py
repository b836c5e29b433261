"""What every problem is: a class of the domain with a status and a stable code; its neighbours are the catalogue."""

from __future__ import annotations

from typing import Any, ClassVar


class Problem(Exception):
    """Something a client can be told; subclasses fix `status` and `code`."""

    status: ClassVar[int] = 500
    code: str = "internal"
    headers: ClassVar[dict[str, str]] = {}

    def __init__(self, *, errors: list[dict[str, str]] | None = None, **members: Any) -> None:
        super().__init__(self.code)
        self.errors = errors
        self.members = members

    @classmethod
    def codes(cls) -> tuple[str, ...]:
        """The codes it can have."""
        return (cls.code,)
