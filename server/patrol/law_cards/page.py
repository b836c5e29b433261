"""The page of one law card, for whoever took its address away: its words and nothing else, without a sign-in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask, Response, render_template

from server.access import public
from server.contract import API, local_time
from server.db import Database
from server.patrol.law_cards import cards

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)


def install(app: Flask, db: Database, clock: Callable[[], datetime], time_zone: ZoneInfo) -> None:
    """Register the page."""

    @app.route("/cards/<code>")
    @public
    def law_card(code: str) -> Response:
        with db.anonymous() as connection:
            card = cards.public_card(connection, code, local_time(clock(), time_zone).date())
        # Who scans an old code reads that it is gone, in words.
        page = Response(render_template("law_card.html", api=API, card=card), 200 if card else 404)
        page.headers["Content-Security-Policy"] = _POLICY
        return page
