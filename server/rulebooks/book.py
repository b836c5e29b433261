"""What a kind of rulebook is, and what keeps its rows from being used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import Field, TypeAdapter, ValidationError

from server import dated
from server.contract import Day, Strict, Text

FAULTS_MAX = 50
LAWS = "legal_texts"


class Fault(dated.Fault):
    """One thing wrong with a rulebook; `path` is a JSON pointer into `rows`."""

    kind = "rulebook_fault"


class BookRefused(Exception):
    """Rows were not taken; `found` are the faults, FAULTS_MAX of them at most."""

    def __init__(self, found: Sequence[Fault]) -> None:
        self.found = tuple(found[:FAULTS_MAX])
        super().__init__("; ".join(f"{fault.path}: {fault.message()}" for fault in self.found))


class Row(Strict):
    """What every row of every kind has: a code by which other rows, records and people name it."""

    code: Text = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")


class Basis(Strict):
    """Where something is written, as it is written there; `article` names a row of `legal_texts` when it is at hand."""

    title: Text = Field(min_length=1, max_length=200, description="法规、文件名称 / law or document")
    clause: Text | None = Field(None, max_length=100, description="条款 / clause")
    article: Text | None = Field(
        None, max_length=64, description="legal_texts 中的代码 / code in legal_texts"
    )
    source: Text | None = Field(None, max_length=500, description="出处 / where it was found")
    source_date: Day | None = Field(None, description="出处的日期 / date of the source")


def nothing(rows: Sequence[Any]) -> Iterable[Fault]:
    """No rule between rows."""
    return ()


@dataclass(frozen=True)
class Book:
    """One kind of rulebook.

    Attributes:
        name: its name in addresses, in the table and in the catalogues (`rulebook.<name>`).
        row: what a row says; has `code`, which stands once.
        check: faults between rows that are fine each alone; paths as `/rows/3/name`.
        refers: member of a row -> kind of rulebook whose codes it names (a code, a list of codes or null).
        against: kind of rulebook -> faults of rows beside the rows of its newest set, which come by code.
        every_category: whether each category that reports carry needs a row, by its code.
        keepers: who of the district writes it.
    """

    name: str
    row: type[Row]
    check: Callable[[Sequence[Any]], Iterable[Fault]] = nothing
    refers: Mapping[str, str] = field(default_factory=dict)
    against: Mapping[str, Callable[[Sequence[Any], Mapping[str, Any]], Iterable[Fault]]] = field(
        default_factory=dict
    )
    every_category: bool = False
    keepers: tuple[str, ...] = ("admin", "zone_manager")

    @property
    def names(self) -> frozenset[str]:
        """Kinds whose rows its rows name; those of laws too, where rows say where something is written."""
        fields = (field.annotation for field in self.row.model_fields.values())
        written = any(Basis in (annotation, *get_args(annotation)) for annotation in fields)
        return frozenset(
            {*self.refers.values(), *self.against} | ({LAWS} if written else set()) - {self.name}
        )

    def read(
        self,
        rows: Sequence[Mapping[str, Any]],
        newest: Callable[[str], Mapping[str, Any]],
        *,
        wanted: Iterable[str] = (),
        rows_max: int,
    ) -> list[Row]:
        """The rows, checked.

        Args:
            newest: rows of the newest set of another kind, by code. wanted: codes that need a row each.
        Raises:
            BookRefused: with every fault.
        """
        if len(rows) > rows_max:
            raise BookRefused([Fault("too_many", "/rows", {"count": len(rows), "limit": rows_max})])
        read, faults = [], []
        for place, given in enumerate(rows):
            try:
                read.append(self.row.model_validate(given))
            except ValidationError as error:
                faults += [
                    Fault("malformed", _pointer(f"/rows/{place}", one["loc"]), {"why": one["msg"]})
                    for one in error.errors(include_url=False, include_context=False)
                ]
        if not faults:
            faults += [*self._twice(read), *_missing(read, wanted)]
            faults += [*self._unknown(read, newest), *self.check(read)]
            for kind, check in self.against.items():
                faults += check(read, newest(kind))
        if faults:
            raise BookRefused(faults)
        return read

    def rows_of(self, content: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Rows that were checked when they were kept."""
        return TypeAdapter(list[self.row]).validate_python(content)  # type: ignore[name-defined]

    def _twice(self, rows: Sequence[Row]) -> Iterator[Fault]:
        seen: Counter[str] = Counter()
        for place, row in enumerate(rows):
            seen[row.code] += 1
            if seen[row.code] == 2:
                yield Fault("code_twice", f"/rows/{place}/code", {"code": row.code})

    def _unknown(self, rows: Sequence[Row], newest: Callable[[str], Mapping[str, Any]]) -> Iterator[Fault]:
        for member, kind in self.refers.items():
            known = newest(kind)
            for place, row in enumerate(rows):
                named = getattr(row, member)
                for code in (named,) if isinstance(named, str) else named or ():
                    if code not in known:
                        yield Fault("unknown_code", f"/rows/{place}/{member}", {"code": code, "kind": kind})
        yield from self._unknown_articles(rows, newest)

    def _unknown_articles(
        self, rows: Sequence[Row], newest: Callable[[str], Mapping[str, Any]]
    ) -> Iterator[Fault]:
        known = newest(LAWS) if LAWS in self.names else {}
        for place, row in enumerate(rows):
            for member, basis in row:
                if isinstance(basis, Basis) and basis.article is not None and basis.article not in known:
                    params = {"code": basis.article, "kind": LAWS}
                    yield Fault("unknown_code", f"/rows/{place}/{member}/article", params)


def _missing(rows: Sequence[Row], wanted: Iterable[str]) -> Iterator[Fault]:
    for code in sorted(set(wanted) - {row.code for row in rows}):
        yield Fault("row_missing", "/rows", {"code": code})


def _pointer(start: str, location: Sequence[str | int]) -> str:
    return "/".join((start, *(str(part) for part in location)))
