"""Every route of people, put together for the app."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flask_openapi3 import APIBlueprint

from server.db import Database
from server.people.admin_routes import account_routes, organisation_routes
from server.people.certificates.routes import certificate_routes
from server.people.login import Login, LoginSettings
from server.people.routes import people_routes
from server.people.token_routes import token_routes


class PeopleSettings(LoginSettings, Protocol):
    """What the deployment sets for people."""

    @property
    def public_url(self) -> str | None: ...
    @property
    def api_tokens_per_account_max_count(self) -> int: ...
    @property
    def api_token_lifetime_max_days(self) -> int: ...


def people_apis(
    db: Database, settings: PeopleSettings, clock: Callable[[], datetime], time_zone: ZoneInfo
) -> list[APIBlueprint]:
    """The routes of signing in, accounts, bodies and personal tokens."""
    login = Login.of(settings, db, clock)

    def today() -> date:
        return clock().astimezone(time_zone).date()

    most, days_max = settings.api_tokens_per_account_max_count, settings.api_token_lifetime_max_days
    return [
        people_routes(login),
        account_routes(db, login.passwords, today, settings.public_url),
        organisation_routes(db),
        token_routes(db, most, days_max),
        certificate_routes(db, clock, time_zone),
    ]
