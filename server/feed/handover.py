"""How a connection leaves the request that opened it: a stream must not hold one of the few request threads.

The response body gives its first bytes and then raises `HandedOver` instead of ending. The server's worker class
(server.feed.gunicorn_worker) knows what that means and gives the socket on; other servers never see it, because only
that worker offers the handover in the WSGI environment.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

OFFERED = "frontage.handover"


class HandedOver(BaseException):
    """The connection is somebody else's now. No Exception: nothing on the way may answer it as a failure."""

    def __init__(self, adopt: Callable[[socket.socket], None]) -> None:
        super().__init__("handed over")
        self.adopt = adopt


def is_offered(environ: dict[str, Any]) -> bool:
    """Whether the server of this request gives its connection on; only HTTP/1 has one for a request alone."""
    return bool(environ.get(OFFERED)) and environ.get("SERVER_PROTOCOL") in ("HTTP/1.0", "HTTP/1.1")


class HandedOverBody:
    """A response body of `first` and no end.

    Args:
        adopt: takes the connected socket, which is closed by nobody else from then on.
        give_up: called instead when the client is gone before.
    """

    def __init__(
        self, first: bytes, adopt: Callable[[socket.socket], None], give_up: Callable[[], None]
    ) -> None:
        self._first, self._adopt, self._give_up = first, adopt, give_up
        self._over = False

    def __iter__(self) -> Iterator[bytes]:
        yield self._first
        self._over = True
        raise HandedOver(self._adopt)

    def close(self) -> None:
        """Called by the server when it is done with the response, whatever became of it."""
        if not self._over:
            self._over = True
            self._give_up()
