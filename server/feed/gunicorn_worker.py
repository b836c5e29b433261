"""gunicorn's threaded worker, with connections that may leave it: see server.feed.handover and docs/adr/0020."""

from __future__ import annotations

import select
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from server.feed.handover import OFFERED, HandedOver

_NEXT_WITHIN_MS = 5


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
        """In a request thread, which stays with a client that sends one request after another.

        Going back to the main thread and coming again costs as much as reading a request. Nobody waits for it: the
        thread goes when another connection wants one, and when nothing comes at once.
        """
        try:
            keep = super().handle(conn)
            while keep is True and self._stays(conn):
                keep = super().handle(conn)
            return keep
        except HandedOver as handed:
            return handed

    def handle_request(self, req: Any, conn: Any) -> Any:
        """What server.front told of who asks, before the first request of a connection, holds for all of them."""
        # gunicorn's threaded worker forgets it after the first; the asynchronous ones keep it.
        told = req.proxy_protocol_info or getattr(conn, "told_by_front", None)
        if told:
            conn.told_by_front = req.proxy_protocol_info = told
            req.scheme = "https"
        return super().handle_request(req, conn)

    def _stays(self, conn: Any) -> bool:
        if not self.alive or not self.tpool._work_queue.empty() or conn.parser.unreader.buf.getvalue():
            return False
        soon = select.poll()  # no limit on the number of a descriptor, and nothing to close
        soon.register(conn.sock, select.POLLIN)
        return bool(soon.poll(_NEXT_WITHIN_MS))

    def finish_request(self, conn: Any, fs: Future[Any]) -> None:
        """In the main thread, which counts connections: one that is given on is none of its own any more."""
        # Only handle() makes one, and it does not raise it.
        handed = fs.result() if not fs.cancelled() and fs.exception() is None else None
        if isinstance(handed, HandedOver):
            self.nr_conns -= 1
            handed.adopt(conn.sock)
        else:
            super().finish_request(conn, fs)
