"""How long steps of enforcement may take: one row a clock, begun and stopped by server/enforcement/steps_table.py."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from server.contract import Text
from server.rulebooks.book import Basis, Book, Row


class ProcedureClock(Row):
    """A time allowed; the day it begins on is not counted. `code` is the name of the clock in the table of steps."""

    code: Literal["decide", "correct", "statement", "serve", "perform"]
    name: Text = Field(min_length=1, max_length=100, description="名称 / name")
    name_en: Text = Field(min_length=1, max_length=100)
    amount: int = Field(ge=1, le=3000, description="多少天 / how many days")
    unit: Literal["day", "work_day"] = Field(description="自然日或工作日 / days or working days")
    warn_days: int = Field(0, ge=0, le=365, description="提前几天提醒 / warned so many days before")
    basis: Basis | None = Field(None, description="依据 / where it is written")


BOOK = Book("procedures", ProcedureClock, keepers=("admin", "reviewer"))
