"""Kinds of documents by their codes, as people call them."""

from __future__ import annotations

from pydantic import Field

from server.contract import Text
from server.rulebooks.book import Book, Row


class DocumentKind(Row):
    """One kind of document."""

    name: Text = Field(min_length=1, max_length=100)
    name_en: Text = Field(min_length=1, max_length=100)


BOOK = Book("document_kinds", DocumentKind, keepers=("admin", "reviewer"))
