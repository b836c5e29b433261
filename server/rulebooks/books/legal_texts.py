"""Articles of laws and rules as they are written, each with its source: what decisions and lists cite."""

from __future__ import annotations

from pydantic import Field

from server.contract import Day, Text
from server.rulebooks.book import Book, Row


class LegalText(Row):
    """One article. `text` is the wording, or what is known of it; `abridged` says that it is not word for word."""

    title: Text = Field(min_length=1, max_length=200, description="法规名称 / law or rule")
    clause: Text = Field(min_length=1, max_length=100, description="条款 / article")
    text: Text = Field(min_length=1, max_length=5000, description="条文 / wording")
    abridged: bool = Field(False, description="摘要,非原文 / a summary, not word for word")
    issued_on: Day | None = Field(None, description="发布日期 / day it was issued")
    source: Text = Field(min_length=1, max_length=500, description="出处 / where it was found")


BOOK = Book("legal_texts", LegalText, keepers=("admin", "reviewer"))
