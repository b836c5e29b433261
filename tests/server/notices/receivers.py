"""Those who are told: a real HTTP server that answers as it is made to, a real SMTP server, and certificates."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import orjson
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def key(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """An HTTP server on a loopback port; `answer` says what it does with a request that is there whole."""

    port: int = 0
    requests: list[Received] = field(default_factory=list)
    cut_off: int = 0
    answer: Callable[[BaseHTTPRequestHandler], None] = field(default=lambda handler: reply(handler, 200))
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.requests]

    def answers(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.answer = lambda handler: reply(handler, status, body, **headers)

    def hangs(self) -> None:
        """It takes requests and says nothing."""

        def hang(_: BaseHTTPRequestHandler) -> None:
            self.closing.wait(30)

        self.answer = hang

    def drips(self) -> None:
        """It says a little now and then, and never comes to an end."""

        def drip(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not self.closing.wait(0.02):
                handler.wfile.write(b".")
                handler.wfile.flush()

        self.answer = drip

    def pours(self) -> None:
        """It says much more than anybody wants to hear."""

        def pour(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            while not self.closing.is_set():
                handler.wfile.write(b"x" * 65_536)

        self.answer = pour


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def http_receiver(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that runs as long as the block."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def _take(self) -> None:
            self.close_connection = True
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:
                receiver.cut_off += 1  # A sender that was killed while it sent: half a message is none.
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.requests.append(Received(self.path, headers, body))
            try:
                receiver.answer(self)
            except OSError:
                pass  # Who asked has hung up.

        do_POST = do_GET = _take

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: what came is in `requests`."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that breaks off is what some of these tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=[0.02], daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Mailbox:
    """A mail server on a loopback port with all it was given. `verdict`: what it says of each recipient or message."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipient_verdict: str = "250 OK"
    message_verdict: str = "250 OK"

    @property
    def ids(self) -> list[str]:
        return [mail["Message-ID"] for mail in self.mails]

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.recipient_verdict.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_verdict

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.message_verdict.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        return self.message_verdict


@contextmanager
def mailbox(**options: Any) -> Iterator[Mailbox]:
    """A mail server that runs as long as the block; `options` go to aiosmtpd."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box = Mailbox(free.getsockname()[1])
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **options)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@dataclass(frozen=True)
class Authority:
    """An authority of our own: `ca_path` is its certificate, `serving` a server's side for a name or address."""

    ca_path: Path
    _key: ec.EllipticCurvePrivateKey
    _name: x509.Name

    def serving(self, host: str) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(_named(host), self._name, key, self._key, host)
        path = self.ca_path.with_name(f"{host}.pem")
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def authority(folder: Path) -> Authority:
    key, name = ec.generate_private_key(ec.SECP256R1()), _named("test authority")
    path = folder / "authority.pem"
    path.write_bytes(_certificate(name, name, key, key, None).public_bytes(serialization.Encoding.PEM))
    return Authority(path, key, name)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signing: ec.EllipticCurvePrivateKey,
    host: str | None,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
    )
    if host is not None:
        try:
            alternative: x509.GeneralName = x509.IPAddress(ip_address(host))
        except ValueError:
            alternative = x509.DNSName(host)
        builder = builder.add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
    return builder.sign(signing, hashes.SHA256())
