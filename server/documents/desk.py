"""What the routes of documents and letters share: who serves, and how."""

from __future__ import annotations

from dataclasses import dataclass

from server import desk
from server.documents.printing import Press
from server.documents.serving import Serving

# Those at a desk and handlers make papers out and serve them.
SERVERS = ("admin", "dispatcher", "handler", "reviewer", "zone_manager")


@dataclass(frozen=True)
class Desk(desk.Desk):
    """The desk of documents."""

    serving: Serving
    press: Press
