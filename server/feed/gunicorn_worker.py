"""gunicorn's threaded worker, with connections that may leave it: see server.feed.handover and docs/adr/0020."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from server.feed.handover import OFFERED, HandedOver


class StreamWorker(ThreadWorker):  # type: ignore[misc]
    """A ThreadWorker that gives sockets on instead of closing them, where a response asks for it."""

    wsgi: Any

    def load_wsgi(self) -> None:
        super().load_wsgi()
        app = self.wsgi

        def offering(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            environ[OFFERED] = not self.cfg.is_ssl
            answered: Iterable[bytes] = app(environ, start_response)
            return answered

        self.wsgi = offering

    def handle(self, conn: Any) -> Any:
        """In a request thread."""
        try:
            return super().handle(conn)
        except HandedOver as handed:
            return handed

    def finish_request(self, conn: Any, fs: Future[Any]) -> None:
        """In the main thread, which counts connections: one that is given on is none of its own any more."""
        # Only handle() makes one, and it does not raise it.
        handed = fs.result() if not fs.cancelled() and fs.exception() is None else None
        if isinstance(handed, HandedOver):
            self.nr_conns -= 1
            handed.adopt(conn.sock)
        else:
            super().finish_request(conn, fs)
