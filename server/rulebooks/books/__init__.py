"""One module a kind of rulebook: what a row of it says, and what must hold between its rows. A module is a kind.

A module that defines `BOOK` is found by itself; nothing else names it.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from server.rulebooks.book import Book


def all_books() -> dict[str, Book]:
    """Every kind by its name, in order of names."""
    found: list[Book] = []
    for module in iter_modules(__path__, f"{__name__}."):
        found.append(import_module(module.name).BOOK)
    return {book.name: book for book in sorted(found, key=lambda book: book.name)}
