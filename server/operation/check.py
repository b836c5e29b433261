"""One thing that was looked at: how it stands, what that means and what to do, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from server.messages import Sentence, say


class State(StrEnum):
    """How something stands: nothing to do, worth a look, needs doing."""

    OK = "ok"
    LOOK = "look"
    ACT = "act"


@dataclass(frozen=True)
class Topic:
    """The cases of one topic: with nothing to do, and with a sentence of what to do."""

    well: tuple[str, ...]
    ill: tuple[str, ...]


TOPICS = {
    "backup": Topic(("ok", "ok_read"), ("none", "late", "damaged")),
    "calendar": Topic(("ok",), ("missing", "next_missing", "sample")),
    "clock": Topic(("ok",), ("apart",)),
    "covering": Topic(("ok",), ("late",)),
    "deliveries": Topic(("ok",), ("late",)),
    "disk": Topic(("ok", "ok_pace"), ("low", "low_pace")),
    "failed_deliveries": Topic(("ok",), ("some",)),
    "handovers": Topic(("none", "ok"), ("late",)),
    "heads": Topic(("empty", "ok"), ("late", "never")),
    "jobs": Topic(("ok",), ("failed",)),
    "log": Topic(("ok",), ("off", "failing", "photos_late")),
    "ntp": Topic(("ok",), ("loose",)),
    "queue": Topic(("ok",), ("late",)),
    "streams": Topic(("ok",), ()),
    "verified": Topic(("ok",), ("late", "never", "broken")),
    "worker": Topic(("ok",), ("none",)),
}


@dataclass(frozen=True)
class Row:
    """One of several that make up a check: a body, a task, a folder. `age_s`: of its oldest."""

    code: str
    name: str
    count: int
    age_s: float | None = None


@dataclass(frozen=True)
class Check:
    """What was looked at.

    Attributes:
        key: a short name that stays, for scripts.
        topic: one of TOPICS; `operation.<topic>` in the catalogues is its name.
        case: one of its cases: `operation.<topic>.<case>` says how it is, `.do` behind it what to do.
        figures: numbers of the sentences, by names that bear their unit.
    """

    key: str
    topic: str
    state: State
    case: str
    figures: Mapping[str, float | int | None] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()

    def __post_init__(self) -> None:
        topic = TOPICS[self.topic]
        if self.case not in (topic.well if self.state is State.OK else topic.ill):
            raise ValueError(f"{self.topic} is not {self.state} when it is {self.case}")

    @property
    def about(self) -> Sentence:
        return self._say("")

    @property
    def found(self) -> Sentence:
        return self._say(f".{self.case}")

    @property
    def do(self) -> Sentence | None:
        return None if self.state is State.OK else self._say(f".{self.case}.do")

    def _say(self, rest: str) -> Sentence:
        key, values = f"operation.{self.topic}{rest}", {**self.figures, **self.words}
        # An age is a number in the answer and a duration in a sentence.
        ages = {name.removesuffix("_s"): spoken(s) for name, s in self.figures.items() if name.endswith("_s")}
        chinese, english = ({name: words[i] for name, words in ages.items()} for i in (0, 1))
        return {
            "text": say(key, {**values, **chinese})["text"],
            "text_en": say(key, {**values, **english})["text_en"],
        }


def spoken(seconds: float | None) -> tuple[str, str]:
    """A duration for a person, zh-CN and English; `-` for none."""
    if seconds is None:
        return "-", "-"
    # Clocks of two machines, or of a file and of ours.
    seconds = max(0.0, seconds)
    for size, chinese, english in ((86_400, "天", "d"), (3600, "小时", "h"), (60, "分钟", "min")):
        # Up to 47 hours are said in hours, and so on.
        if seconds >= (2 * size if size > 60 else size):
            return f"{seconds / size:.0f} {chinese}", f"{seconds / size:.0f} {english}"
    return f"{seconds:.0f} 秒", f"{seconds:.0f} s"


def by_age(age_s: float | None, look_s: float, act_s: float) -> State:
    """How something stands that should not become old; nothing is ok."""
    if age_s is None or age_s < look_s:
        return State.OK
    return State.LOOK if age_s < act_s else State.ACT


def worst(checks: Iterable[Check]) -> State:
    """The state of all together."""
    order = list(State)
    return max((one.state for one in checks), key=order.index, default=State.OK)
