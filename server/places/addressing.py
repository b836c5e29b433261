"""Codes of zones in addresses: `/zones/frontage/changes` is a list of changes and never a zone called `changes`.

Without this an address of two meanings would answer OPTIONS with the methods of both.
"""

from __future__ import annotations

from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter

from server.places.fixed_words import FIXED_WORDS


class NoFixedWord(BaseConverter):
    """One part of an address that is none of the fixed words."""

    regex = rf"(?!(?:{'|'.join(sorted(FIXED_WORDS))})\Z)[^/]+"
    part_isolating = True


def install(state: BlueprintSetupState) -> None:
    """Make `<zone:code>` known to the app, before the rules that use it."""
    state.app.url_map.converters["zone"] = NoFixedWord
