"""What a part found and how it is printed: each figure beside its limit, with ratio, target and whether it is met.

A ratio is the median over the rounds of figure / limit of the same round: what the machine does to both cancels out.
Nothing is measured here.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

OTHERS_SHARE_MAX = 0.10
YES, NO, DOUBTFUL = "是 yes", "否 no", "存疑 doubtful"


@dataclass(frozen=True)
class Target:
    """What was promised: a ratio (or, with `absolute`, the figure itself) at least or at most `value`."""

    value: float
    at_least: bool = True
    absolute: bool = False

    def met(self, reached: float) -> bool:
        return reached >= self.value if self.at_least else reached <= self.value

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.value:g}{'' if self.absolute else ' x'}"


@dataclass(frozen=True)
class Figure:
    """One row: the rounds of one thing, and those of its limit where it has one."""

    work: str
    unit: str
    rounds: Sequence[float]
    limit: Sequence[float] = ()
    target: Target | None = None
    stretch: Target | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    @property
    def ratio(self) -> float | None:
        """Median of figure / limit, round by round; None without a limit."""
        if not self.limit:
            return None
        return statistics.median(a / b for a, b in zip(self.rounds, self.limit, strict=True))

    def met(self, target: Target | None) -> bool | None:
        """Whether a target is met; None when there is none."""
        if target is None:
            return None
        reached = self.median if target.absolute else self.ratio
        if reached is None:
            raise ValueError(f"{self.work}: a ratio is promised, but no limit was measured")
        return target.met(reached)


@dataclass
class Findings:
    """Everything one part found; `others_share` is what others took of the processors meanwhile, 0 to 1."""

    title: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    others_share: float = 0.0

    def add(self, work: str, unit: str, rounds: Sequence[float], **beside: object) -> Figure:
        """Add one row; `beside` as the fields of Figure."""
        figure = Figure(work, unit, tuple(rounds), **beside)  # type: ignore[arg-type]
        self.figures.append(figure)
        return figure

    @property
    def doubtful(self) -> bool:
        """Whether others took so much of the machine that no ratio says anything."""
        return self.others_share > OTHERS_SHARE_MAX

    @property
    def missed(self) -> list[str]:
        """Rows whose target is not met, or cannot be judged; a stretch target may be missed."""
        return [
            f"{figure.work} ({verdict(figure, self.doubtful)})"
            for figure in self.figures
            if figure.target and not verdict(figure, self.doubtful).startswith(YES)
        ]


def show(console: Console, findings: Findings, *, judged: bool) -> None:
    """Print one part.

    Args:
        judged: whether targets are judged; the figures of a short run are none.
    """
    table = Table(title=findings.title, title_justify="left", caption_justify="left")
    table.add_column("项目 work", overflow="fold", min_width=34)
    for column in ("中位数 median", "范围 range", "极限 limit", "比值 ratio", "目标 target", "达到 met"):
        table.add_column(column, justify="right")
    for figure in findings.figures:
        table.add_row(*_cells(figure, judged, findings.doubtful))
    console.print(table)
    if findings.doubtful:
        busy = f"{findings.others_share:.0%}"
        console.print(
            f"  ! 其他进程占用处理器 {busy},比值不可信。 / Others took {busy} of the processors: doubtful.",
            style="yellow",
        )
    for note in findings.notes:
        console.print(f"  · {note}", highlight=False, soft_wrap=True)
    console.print()


def _cells(figure: Figure, judged: bool, doubtful: bool) -> list[str]:
    ratio = figure.ratio
    spread = f"{amount(min(figure.rounds))}–{amount(max(figure.rounds))}" if len(figure.rounds) > 1 else ""
    return [
        figure.work,
        f"{amount(figure.median)} {figure.unit}",
        spread,
        amount(statistics.median(figure.limit)) if figure.limit else "",
        "" if ratio is None else f"{ratio:.2f} x",
        " ".join(str(t) if t is figure.target else f"({t})" for t in (figure.target, figure.stretch) if t),
        verdict(figure, doubtful) if judged else "",
    ]


def verdict(figure: Figure, doubtful: bool) -> str:
    """What the last column says; empty without a target."""
    met, stretched = figure.met(figure.target), figure.met(figure.stretch)
    if met is None:
        return ""
    # Memory does not depend on who else is there.
    if doubtful and not (figure.target and figure.target.absolute):
        return DOUBTFUL
    if not met:
        return NO
    return f"{YES} (stretch)" if stretched else YES


def amount(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
