"""What the report of a period says: the words and numbers of month_report.typ, which lays them out and adds none.

The same figures as the page and the workbook have, by township, beside those of as many days before. Everything here is
text or a number in a JSON file; the template never reads any of it as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from server.assessment.book import FigureBook
from server.assessment.counted import Names
from server.assessment.handovers import COUNTS as HANDED
from server.assessment.period_sheets import Rest
from server.assessment.wire import FiguresQuery, Period
from server.db import Database, Principal
from server.exports.paper import Printer
from server.messages import say
from server.problems.request import NotFound

TEMPLATE = Path(__file__).with_name("month_report.typ")
_WORST = 3
_LEFT_OUT = {
    "not_yet": "时段尚未开始",
    "too_long": "时段过长",
    "too_many_months": "月份过多",
    "too_slow": "统计未能在限定时间内完成",
}


@dataclass(frozen=True)
class Reporter:
    """Makes reports. One instance serves all threads."""

    db: Database
    book: FigureBook
    printer: Printer
    clock: Callable[[], datetime]

    def report(self, asking: Principal, period: Period) -> bytes:
        """The report of a period, a PDF, of what the asker may see. Raises NotFound, CaseFileLimit."""
        with self.db.transaction(asking.claim) as (connection, _):
            names = Names.read(connection)
        now = self.book.figures(asking.claim, _query(period, period.first, period.last))
        told = {
            "made_at": f"{self.clock().astimezone(self.book.time_zone):%Y-%m-%d %H:%M}",
            "made_by": f"{asking.display_name}（{asking.organisation_name}）",
            **tell(period, now, self._earlier(asking, period), names),
            **_rest(Rest.read(self.book, asking.claim, period), names),
        }
        return self.printer.set(told, {}, TEMPLATE)

    def _earlier(self, asking: Principal, period: Period) -> dict[str, Any] | None:
        """Figures of the period before; None where there were no formulas yet."""
        try:
            return self.book.figures(asking.claim, _query(period, *before(period.first, period.last)))
        except (NotFound, OverflowError):
            return None


def before(first: date, last: date) -> tuple[date, date]:
    """The period that another is compared with: as many months before whole months, else as many days.

    Raises:
        OverflowError: it would lie before the year 1.
    """
    if first.year == 1:
        raise OverflowError("before the calendar")
    if first.day == 1 and (last + timedelta(days=1)).day == 1:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        index = first.year * 12 + first.month - 1 - months
        return date(index // 12, index % 12 + 1, 1), first - timedelta(days=1)
    return first - (last - first) - timedelta(days=1), first - timedelta(days=1)


def _query(period: Period, first: date, last: date) -> FiguresQuery:
    return FiguresQuery.model_validate(
        {
            "from": first.isoformat(),
            "to": last.isoformat(),
            "township": period.township,
            "category": period.category,
            "by": "township",
            "coverage": True,
        }
    )


def tell(
    period: Period, now: Mapping[str, Any], earlier: Mapping[str, Any] | None, names: Names
) -> dict[str, Any]:
    """The data of month_report.typ."""
    formulas = now["formulas"]
    groups = sorted(now["items"], key=lambda group: (not group["township"], group["township"]))
    rows = [_row(_place(group["township"], names), group) for group in groups]
    ranked = sorted(
        (row for row in rows if row["share"] is not None), key=lambda row: (row["share"], -row["due"])
    )
    left_out = now["coverage"]["left_out"]
    narrowed = [
        *([_place(period.township, names)] if period.township is not None else []),
        *([names.categories.get(period.category, period.category)] if period.category else []),
    ]
    return {
        "title": _title(period.first, period.last),
        "period": f"{period.first} 至 {period.last}",
        "narrowed": "、".join(narrowed),
        "sentence": _sentence(_row("", now["total"]), earlier and _row("", earlier["total"]), ranked),
        "compared": f"上期为 {earlier['from']} 至 {earlier['to']}。" if earlier else "没有可比的上期。",
        "rows": rows,
        "total": _row("合计", now["total"]),
        "ranked": ranked,
        "no_coverage": _LEFT_OUT[left_out] if left_out else "",
        "indicators": list(_indicators(now, earlier)),
        "set": {name: formulas[name] for name in ("name", "source", "valid_from", "digest", "sample")},
    }


def _title(first: date, last: date) -> str:
    whole = first.day == 1 and (last + timedelta(days=1)).day == 1
    if whole and (first.year, first.month) == (last.year, last.month):
        return f"{first.year} 年 {first.month} 月城市管理考核月报"
    return "城市管理考核报告"


def _place(code: str | None, names: Names) -> str:
    return names.places.get(code, code) if code else "不在任何镇街"


def _row(name: str, group: Mapping[str, Any]) -> dict[str, Any]:
    measures, covered = group["measures"], group["coverage"]
    due, on_time = measures.get("due", 0), measures.get("closed_on_time", 0)
    return {
        "name": name,
        "accepted": measures.get("accepted", 0),
        "registered": measures.get("registered", 0),
        "due": due,
        "closed": measures.get("closed", 0),
        "on_time": on_time,
        "reworked": measures.get("reworked", 0),
        "share": on_time / due if due else None,
        "rate": _percent(on_time, due),
        "coverage": _percent(covered["seen_m"], covered["due_m"]) if covered else "—",
    }


def _percent(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "—"


def _sentence(
    now: Mapping[str, Any], earlier: Mapping[str, Any] | None, ranked: Sequence[Mapping[str, Any]]
) -> str:
    if not any(now[name] for name in ("accepted", "registered", "due")):
        return "本期没有计入的案卷。"
    parts = [
        f"本期立案 {now['registered']} 件，应结案 {now['due']} 件，按期结案率 {now['rate']}{_change(now, earlier)}"
    ]
    parts.append(f"返工 {now['reworked']} 件")
    if now["coverage"] != "—":
        parts.append(f"门前覆盖率 {now['coverage']}")
    worst = [row for row in ranked[:_WORST] if row["share"] < 1]
    if worst:
        parts.append("按期结案率最低：" + "、".join(f"{row['name']} {row['rate']}" for row in worst))
    return "；".join(parts) + "。"


def _change(now: Mapping[str, Any], earlier: Mapping[str, Any] | None) -> str:
    if earlier is None or now["share"] is None or earlier["share"] is None:
        return ""
    points = round((now["share"] - earlier["share"]) * 100, 1)
    if not points:
        return "，与上期持平"
    return f"，比上期{'高' if points > 0 else '低'} {abs(points)} 个百分点"


def _indicators(now: Mapping[str, Any], earlier: Mapping[str, Any] | None) -> Iterator[list[str]]:
    """Each formula with its value now and before, and what it divides."""
    known = {one["code"]: one["value"] for one in earlier["total"]["indicators"]} if earlier else {}
    for formula, made in zip(now["formulas"]["indicators"], now["total"]["indicators"], strict=True):
        above, below = (
            "＋".join(say(f"measure.{name}")["text"] for name in formula[part])
            for part in ("numerator", "denominator")
        )
        inputs = f"{made['numerator']} / {made['denominator']}" if below else str(made["numerator"])
        factor = f" × {formula['factor']}"
        yield [
            formula["name"],
            f"{above} ÷ {below}{factor}" if below else f"{above}{factor}",
            inputs,
            made["value"] or "—",
            known.get(formula["code"]) or "—",
        ]


def _rest(rest: Rest | None, names: Names) -> dict[str, Any]:
    """The three means, handovers and rankings; nothing of them in a report of one category."""
    if rest is None:
        return {"means": None, "handovers": [], "rankings": []}
    groups = [*rest.means["items"], rest.means["total"]]
    return {
        "means": {
            "rows": [[_named(group, names), *_shares(group)] for group in groups],
            "target": [f"{share} %" for share in rest.means["target"].values()],
            "tags": rest.means["tags"],
        },
        "handovers": [
            [_named(group, names), *(str(group[name]) for name in HANDED)]
            for group in (*rest.handovers["items"], rest.handovers["total"])
        ],
        "rankings": [
            {
                "name": ranking["name"],
                "parts": [f"{part['name']}（{part['weight']}）" for part in ranking["parts"]],
                "rows": [
                    [
                        str(one["rank"] or "—"),
                        one["township_name"],
                        one["score"] or "—",
                        *(part["points"] or "—" for part in one["parts"]),
                    ]
                    for one in ranking["items"]
                ],
                "digest": ranking["digest"],
                "rulebook": {name: ranking["rulebook"][name] for name in ("name", "source", "sample")},
            }
            for ranking in rest.rankings
        ],
    }


def _named(group: Mapping[str, Any], names: Names) -> str:
    return "合计" if group["township"] is None else _place(group["township"], names)


def _shares(group: Mapping[str, Any]) -> Iterator[str]:
    for one in group["means"].values():
        yield str(one["steps"])
        yield f"{one['share']} %" if one["share"] else "—"
    yield str(group["untagged"])
