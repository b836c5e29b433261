"""What the routes of subjects share: who keeps the register, and how a change of it is made and answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response
from sqlalchemy import Connection

from server import desk
from server.access import principal
from server.contract import json_response
from server.db import Principal
from server.subjects import register
from server.subjects.changing import Keeper, Record

KEEPERS = ("admin", "dispatcher", "handler", "zone_manager")


@dataclass(frozen=True)
class Desk(desk.Desk):
    """The desk of the register."""

    def keeper(self, connection: Connection, asking: Principal) -> Keeper:
        """Changes on behalf of who asks."""
        own = asking.organisation_code if asking.organisation_kind == "township" else None
        return Keeper(connection, self.clock(), self.today(), own)

    def changed(self, change: Callable[[Keeper], Record], status: int = 200) -> Response:
        """Make one change; the answer is the subject as it then is."""
        with self.db.transaction(principal().claim) as (connection, asking):
            record = change(self.keeper(connection, asking))
            told = register.fetch_subject(connection, record.code, self.today())
        return json_response(told, status)
