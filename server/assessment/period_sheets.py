"""The rest of a period on sheets of the workbook: the three means, handovers, and townships by every scorecard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from server.assessment import handovers, means, scorecards
from server.assessment.book import FigureBook
from server.assessment.scorecards import Beside
from server.assessment.sheets import Sheets, both
from server.assessment.wire import Period
from server.db import Claim
from server.rulebooks.books.means_tags import MEANS

REST_SHEETS = ("721 means", "交办 handovers", "评分 scores")
OF_MEANS = ("township", "township_name", "month")
OF_STEPS = ("step_of", "step_name", "step_label", "step_means", "steps")
OF_SCORES = ("rank", "township", "township_name", "score")
_POINTS = "0.00"


@dataclass(frozen=True)
class Rest:
    """What is told of a period beside its figures; `rankings` as server.assessment.scorecards.ranked tells them."""

    means: Mapping[str, Any]
    handovers: Mapping[str, Any]
    rankings: Sequence[Mapping[str, Any]]

    @classmethod
    def read(cls, book: FigureBook, claim: Claim, period: Period, *, by_month: bool = False) -> Rest | None:
        """None for one category: steps and handovers have none. A ranking is of all townships or of none."""
        if period.category:
            return None
        asked = book.days(period, period.township)
        by = ["township", "month"] if by_month else ["township"]
        with book.db.transaction(claim) as (connection, _):
            beside = Beside.read(connection, asked, by)
        worked = scorecards.work_out_all(book, claim, asked, beside) if period.township is None else []
        with book.db.transaction(claim) as (connection, _):
            return cls(beside.means, beside.handovers, [scorecards.ranked(connection, one) for one in worked])


def write_rest(sheets: Sheets, made: Sequence[Worksheet], rest: Rest, places: Mapping[str, str]) -> None:
    """Fill three sheets."""
    of_means, of_handovers, of_scores = made
    _write_means(sheets, of_means, rest.means, places)
    _write_handovers(sheets, of_handovers, rest.handovers, places)
    _write_scores(sheets, of_scores, rest.rankings)


def _write_means(
    sheets: Sheets, sheet: Worksheet, told: Mapping[str, Any], places: Mapping[str, str]
) -> None:
    heads = [both(f"file.{part}") for part in (*OF_MEANS, "steps")]
    for name in MEANS:
        heads += [both(f"means.{name}"), f"{both(f'means.{name}')} %"]
    heads.append(both("means.untagged"))
    sheet.set_column(0, len(heads) - 1, 15)
    sheet.freeze_panes(1, 3)
    sheets.line(sheet, 0, ((head, sheets.head) for head in heads))
    sheets.put(sheet, 1, 0, both("file.total"), sheets.bold)
    sheets.line(sheet, 1, _shares(sheets, told["total"]), start=3)
    row = 1
    for row, group in enumerate(told["items"], start=2):
        named = (*_township(group["township"], places), group["month"])
        sheets.line(sheet, row, ((value, None) for value in named))
        sheets.line(sheet, row, _shares(sheets, group), start=3)
    row += 2
    target = told["target"]
    sheets.put(sheet, row, 0, both("means.target"), sheets.bold)
    for place, name in enumerate(MEANS):
        sheets.put(sheet, row, 5 + 2 * place, Decimal(target[name]) / 100, sheets.number("0.00%"))
    heads = [both(f"file.{part}") for part in OF_STEPS]
    sheets.line(sheet, row + 2, ((head, sheets.head) for head in heads))
    for at, kind in enumerate(told["kinds"], start=row + 3):
        words = (kind["of"], kind["name"], kind["label"], both(f"means.{kind['means'] or means.UNTAGGED}"))
        sheets.line(sheet, at, [*((word, None) for word in words), (kind["steps"], sheets.whole)])


def _shares(sheets: Sheets, group: Mapping[str, Any]) -> Iterator[tuple[Any, Format | None]]:
    yield group["steps"], sheets.whole
    for name in MEANS:
        one = group["means"][name]
        yield one["steps"], sheets.whole
        yield None if one["share"] is None else Decimal(one["share"]) / 100, sheets.number("0.00%")
    yield group["untagged"], sheets.whole


def _township(code: str, places: Mapping[str, str]) -> tuple[str, str | None]:
    return (code, places.get(code)) if code else (both("file.outside"), None)


def _write_handovers(
    sheets: Sheets, sheet: Worksheet, told: Mapping[str, Any], places: Mapping[str, str]
) -> None:
    heads = [both(f"file.{part}") for part in ("township", "township_name")]
    heads += [both(f"handed.{name}") for name in handovers.COUNTS]
    sheet.set_column(0, len(heads) - 1, 18)
    sheets.line(sheet, 0, ((head, sheets.head) for head in heads))
    sheets.put(sheet, 1, 0, both("file.total"), sheets.bold)
    for row, group in enumerate([told["total"], *told["items"]], start=1):
        if row > 1:
            sheets.line(sheet, row, ((word, None) for word in _township(group["township"], places)))
        sheets.line(sheet, row, ((group[name], sheets.whole) for name in handovers.COUNTS), start=2)


def _write_scores(sheets: Sheets, sheet: Worksheet, rankings: Sequence[Mapping[str, Any]]) -> None:
    sheet.set_column(0, 3, 15)
    sheet.set_column(4, 60, 13)
    row = 0
    if not rankings:
        sheets.put(sheet, row, 0, both("file.no_scores"))
    for ranking in rankings:
        rulebook = ranking["rulebook"]
        title = f"{ranking['name']} {ranking['name_en']}"
        sheets.put(sheet, row, 0, title, sheets.bold)
        sheets.put(
            sheet, row + 1, 0, f"{rulebook['name']} · {rulebook['source']} · SHA-256 {ranking['digest']}"
        )
        inputs = sorted(ranking["items"][0]["inputs"]) if ranking["items"] else []
        heads = [both(f"file.{part}") for part in OF_SCORES]
        heads += [
            f"{part['name']} {part['name_en']} ({Decimal(part['weight']):f}): {part['points']}"
            for part in ranking["parts"]
        ]
        sheets.line(sheet, row + 2, ((head, sheets.head) for head in (*heads, *inputs)))
        for place, one in enumerate(ranking["items"], start=row + 3):
            sheets.line(sheet, place, _scored(sheets, one, inputs))
        row += 5 + len(ranking["items"])


def _scored(
    sheets: Sheets, one: Mapping[str, Any], inputs: Sequence[str]
) -> Iterator[tuple[Any, Format | None]]:
    yield one["rank"], sheets.whole
    yield one["township"], None
    yield one["township_name"], None
    for points in (one["score"], *(part["points"] for part in one["parts"])):
        yield None if points is None else Decimal(points), sheets.number(_POINTS)
    for name in inputs:
        value = one["inputs"][name]
        yield (Decimal(value) if isinstance(value, str) else value), sheets.number("#,##0.##")
