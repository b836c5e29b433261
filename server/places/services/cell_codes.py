"""Codes of grid cells by a template such as `{township}-G{number:04}`: write one, read one, say what does not fit.

Which layout a jurisdiction uses is data that comes from a file; the national one is not known here and none is
invented. A template names the township or the community, and a number with its least count of digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

CODE_MAX_CHARS = 64
_FIELD = re.compile(r"\{(?P<name>[a-z]+)(?::0(?P<digits>[1-9]))?\}", re.ASCII)
_LITERAL = re.compile(r"[A-Za-z0-9._-]*", re.ASCII)
_CODE_PATTERNS = {"township": r"[0-9A-Za-z]{1,32}", "community": r"[0-9A-Za-z]{1,32}"}

Misfit = Literal["form", "township", "community"]


class TemplateRefused(ValueError):
    """A text that is no template; the message says why."""


@dataclass(frozen=True)
class CellCodes:
    """A template that can be used. Made by `read_template`."""

    template: str
    fields: tuple[str, ...]
    pattern: re.Pattern[str]
    digits: int

    def code(self, *, township: str, number: int, community: str = "") -> str:
        """The code of a cell.

        >>> read_template("{township}-G{number:04}").code(township="320612001", number=7)
        '320612001-G0007'
        """
        values = {"township": township, "community": community, "number": f"{number:0{self.digits}}"}
        return _FIELD.sub(lambda field: values[field["name"]], self.template)

    def number(self, code: str) -> int | None:
        """The number in a code of this form, None in any other."""
        found = self.pattern.fullmatch(code)
        return int(found["number"]) if found else None

    def misfit(self, code: str, township: str | None, community: str | None) -> Misfit | None:
        """What of a cell's code does not fit the template, or None.

        >>> read_template("{township}-G{number:04}").misfit("320612001-G7", "320612001", None)
        'form'
        """
        found = self.pattern.fullmatch(code)
        if not found:
            return "form"
        told = found.groupdict()
        if "township" in told and told["township"] != township:
            return "township"
        if "community" in told and told["community"] != community:
            return "community"
        return None

    def next_number(self, codes: Iterable[str]) -> int:
        """One more than the highest number among codes of this form."""
        return 1 + max((number for code in codes if (number := self.number(code)) is not None), default=0)


def read_template(template: str) -> CellCodes:
    """Check a template.

    Raises:
        TemplateRefused: unknown or repeated fields, no number, no township or community, other characters than
            letters, digits and `._-` between them, or codes that could not be told apart.

    >>> read_template("{number:04}")
    Traceback (most recent call last):
    server.places.services.cell_codes.TemplateRefused: {township} or {community} is wanted
    """
    if not isinstance(template, str) or len(template) > CODE_MAX_CHARS:
        raise TemplateRefused(f"a text of at most {CODE_MAX_CHARS} characters is wanted")
    pieces: list[str] = []
    names: list[str] = []
    at, digits = 0, 1
    for field in _FIELD.finditer(template):
        pieces.append(_literal(template[at : field.start()]))
        names.append(field["name"])
        if field["name"] == "number":
            digits = int(field["digits"] or 1)
        elif field["digits"]:
            raise TemplateRefused(f"{field['name']} takes no digits")
        pieces.append(_pattern(field["name"], digits))
        at = field.end()
    pieces.append(_literal(template[at:]))
    _check(names)
    return CellCodes(template, tuple(names), re.compile("".join(pieces), re.ASCII), digits)


def _literal(text: str) -> str:
    if not _LITERAL.fullmatch(text):
        raise TemplateRefused(
            "only letters, digits and ._- may stand between {township}, {community}, {number:04}"
        )
    return re.escape(text)


def _pattern(name: str, digits: int) -> str:
    if name == "number":
        # Longer numbers only without a leading zero: 0012 and 00012 would be the same cell.
        return rf"(?P<number>[0-9]{{{digits}}}|[1-9][0-9]{{{digits},9}})"
    if name not in _CODE_PATTERNS:
        raise TemplateRefused(f"unknown field {{{name}}}")
    return f"(?P<{name}>{_CODE_PATTERNS[name]})"


def _check(names: list[str]) -> None:
    if len(names) != len(set(names)):
        raise TemplateRefused("a field stands twice")
    if "number" not in names:
        raise TemplateRefused("{number} is wanted")
    if not {"township", "community"} & set(names):
        raise TemplateRefused("{township} or {community} is wanted")
