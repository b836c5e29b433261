"""How far a run got and why it failed, as it is told of imports and drawings alike."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from server.contract import Answer


class ProgressOut(Answer):
    """Steps of a run."""

    phase: str = Field(description="正在进行的一步 / the step being done")
    done: int = Field(description="已完成的步数 / steps done")
    total: int


class RunProblemOut(Answer):
    """Why a run failed: the code a request would have been refused with, and its particulars."""

    code: str
    text: str
    text_en: str
    detail: dict[str, Any]


class Prefer(BaseModel):
    """Whether the sender would rather not wait (RFC 7240)."""

    model_config = ConfigDict(extra="ignore")

    prefer: str | None = Field(
        None,
        alias="Prefer",
        description="`respond-async`:先收下,稍后读取报告 / take it now, the report is read later (RFC 7240)",
    )

    @property
    def respond_async(self) -> bool:
        """Whether `respond-async` is among the preferences."""
        wanted = [one.partition(";")[0].strip().lower() for one in (self.prefer or "").split(",")]
        return "respond-async" in wanted
