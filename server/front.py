"""HTTPS in front of the server, for phones on the same network: one process that decrypts and passes bytes on.

The server stays as it is, plain HTTP on loopback. Who asks is told in a line of the PROXY protocol before the first
request of a connection. On the same port, plain HTTP gets nothing but the page that hands out the authority's
certificate: a phone cannot ask for it over a connection that it does not trust yet.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import re
import signal
import socket
import ssl
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger()

PIECE_BYTES = 65_536
HEAD_MAX_BYTES = 8_192
# A handshake over a poor mobile line takes three of its round trips.
HELLO_WITHIN_S = 20.0
ASKS_WITHIN_S = 60.0
# As the server does it: a phone that vanished is noticed when nothing was acknowledged for so long.
UNHEARD_MS = 30_000
FINISH_WITHIN_S = 8.0
_TLS_HANDSHAKE = b"\x16"
_HANDED_OUT = re.compile(
    rb"GET (?P<path>/phones(?:/authority\.crt)?|/api/v1/docs/static/[a-z]+\.(?:css|svg)) HTTP/1\.[01]\r\n"
)
_HOST = re.compile(rb"\r\nHost: *(?P<host>[A-Za-z0-9.:\[\]-]{1,255})\r\n", re.IGNORECASE)
_ELSEWHERE = b"HTTP/1.1 303 See Other\r\nLocation: /phones\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass
class Front:
    """The front of one server.

    Attributes:
        certificate: PEM file with the certificate and its key.
        upstream: host and port of the server. connections_max: further ones wait until one ends.
    """

    certificate: Path
    upstream: tuple[str, int]
    connections_max: int
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._context.set_alpn_protocols(["http/1.1"])
        self._context.load_cert_chain(self.certificate)

    async def serve(self, listener: socket.socket) -> None:
        """Until SIGTERM or SIGINT; connections that are busy then have some seconds to finish."""
        loop = asyncio.get_running_loop()
        accepting = asyncio.create_task(self._accept(listener))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, accepting.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await accepting
        listener.close()
        if self._open:
            _, late = await asyncio.wait(self._open, timeout=FINISH_WITHIN_S)
            for task in late:
                task.cancel()

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        places = asyncio.Semaphore(self.connections_max)

        def ended(task: asyncio.Task[None]) -> None:
            self._open.discard(task)
            places.release()

        while True:
            await places.acquire()
            try:
                accepted, _ = await loop.sock_accept(listener)
            except OSError as error:
                places.release()
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    log.warning("no_descriptors", exc_info=error)
                    await asyncio.sleep(0.5)
                continue
            task = asyncio.create_task(self._attend(accepted))
            self._open.add(task)
            task.add_done_callback(ended)

    async def _attend(self, accepted: socket.socket) -> None:
        try:
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNHEARD_MS)
            told = _proxy_line(accepted)
            async with asyncio.timeout(HELLO_WITHIN_S):
                secure = await _first_byte(accepted) == _TLS_HANDSHAKE
                reader, writer = await self._streams(accepted, secure)
        except (OSError, TimeoutError) as error:
            # Half of the browsers that do not trust the certificate yet end here.
            log.debug("no_connection", exc_info=error)
            accepted.close()
            return
        with contextlib.suppress(OSError, TimeoutError, EOFError, asyncio.LimitOverrunError):
            if secure:
                await self._relay(reader, writer, told)
            else:
                await self._hand_out(reader, writer)
        writer.close()

    async def _streams(
        self, accepted: socket.socket, secure: bool
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=PIECE_BYTES)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.connect_accepted_socket(
            lambda: protocol,
            accepted,
            ssl=self._context if secure else None,
            ssl_handshake_timeout=HELLO_WITHIN_S if secure else None,
        )
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, told: bytes) -> None:
        """Bytes both ways until either side ends; what the server said last still goes out."""
        # Browsers open connections ahead: the server hears of one when it asks something, and keeps no thread for it.
        async with asyncio.timeout(ASKS_WITHIN_S):
            first = await reader.read(PIECE_BYTES)
        if not first:
            return
        there, back = await asyncio.open_connection(*self.upstream, limit=PIECE_BYTES)
        try:
            back.write(told + first)
            ways = [asyncio.create_task(_pass_on(reader, back)), asyncio.create_task(_pass_on(there, writer))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            back.close()

    async def _hand_out(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """What a phone needs before it trusts us; everything else leads there."""
        async with asyncio.timeout(HELLO_WITHIN_S):
            head = await reader.readuntil(b"\r\n\r\n")
        wanted, host = _HANDED_OUT.match(head), _HOST.search(head)
        if len(head) > HEAD_MAX_BYTES or not wanted or not host:
            writer.write(_ELSEWHERE)
            await writer.drain()
            return
        there, back = await asyncio.open_connection(*self.upstream, limit=PIECE_BYTES)
        try:
            back.write(b"GET %b HTTP/1.0\r\nHost: %b\r\n\r\n" % (wanted["path"], host["host"]))
            await _pass_on(there, writer)
        finally:
            back.close()


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while piece := await source.read(PIECE_BYTES):
        sink.write(piece)
        await sink.drain()


async def _first_byte(accepted: socket.socket) -> bytes:
    """The first byte that comes, left where it is."""
    loop = asyncio.get_running_loop()
    come: asyncio.Future[None] = loop.create_future()

    def comes() -> None:
        loop.remove_reader(accepted)
        if not come.done():
            come.set_result(None)

    loop.add_reader(accepted, comes)
    try:
        await come
    finally:
        loop.remove_reader(accepted)
    return accepted.recv(1, socket.MSG_PEEK)


def _proxy_line(accepted: socket.socket) -> bytes:
    """Who speaks to whom, as version 1 of the PROXY protocol tells it."""
    (source, source_port), (target, target_port) = _end(accepted.getpeername()), _end(accepted.getsockname())
    family = "TCP6" if ":" in source else "TCP4"
    return f"PROXY {family} {source} {target} {source_port} {target_port}\r\n".encode("ascii")


def _end(name: tuple[Any, ...]) -> tuple[str, int]:
    """Address and port of one end, an IPv4 address as such also where IPv6 carries it."""
    address = ip_address(name[0].partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address), name[1]


def listen(host: str, port: int) -> socket.socket:
    """A listening socket there; for `::` it takes IPv4 too. Errors: OSError."""
    both = host == "::" and socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=512, dualstack_ipv6=both)
    listener.setblocking(False)
    return listener


def run(front: Front, listener: socket.socket) -> None:
    """Serve until told to stop."""
    asyncio.run(front.serve(listener))
