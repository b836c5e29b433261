"""What keeps a list of categories from being used: codes that stand twice, groups that are missing or go round."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from server import dated
from server.places.categories.wire import CategoryIn
from server.places.importing import ImportRefused

FAULTS_MAX = 50


class Fault(dated.Fault):
    """One thing wrong with a list."""

    kind = "category_fault"


class CategoriesRefused(ImportRefused):
    """A list was not taken; `found` are its faults, FAULTS_MAX of them at most."""

    def __init__(self, found: Sequence[Fault]) -> None:
        self.found = tuple(found[:FAULTS_MAX])
        super().__init__([f"{fault.path}: {fault.message()}" for fault in self.found])


def check(given: Sequence[CategoryIn], *, categories_max: int) -> None:
    """Whether a list can be used. Raises CategoriesRefused with every fault."""
    if len(given) > categories_max:
        params = {"count": len(given), "limit": categories_max}
        raise CategoriesRefused([Fault("too_many", "/categories", params)])
    faults = list(_faults(given))
    if faults:
        raise CategoriesRefused(faults)


def _faults(given: Sequence[CategoryIn]) -> Iterable[Fault]:
    seen: Counter[str] = Counter()
    parents = {one.code: one.parent for one in given}
    for place, one in enumerate(given):
        path, params = f"/categories/{place}", {"code": one.code, "parent": one.parent}
        seen[one.code] += 1
        if seen[one.code] == 2:
            yield Fault("code_twice", f"{path}/code", params)
        if one.parent is not None and one.parent not in parents:
            yield Fault("parent_unknown", f"{path}/parent", params)
        elif _goes_round(one.code, parents):
            yield Fault("goes_round", f"{path}/parent", params)


def _goes_round(code: str, parents: Mapping[str, str | None]) -> bool:
    above, steps = parents.get(code), 0
    while above is not None and steps <= len(parents):
        if above == code:
            return True
        above, steps = parents.get(above), steps + 1
    return False
