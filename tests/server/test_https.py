"""HTTPS for phones with a real TLS client: who trusts the authority is served, and plain HTTP gets the page only."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Engine, text

from config import Config
from server.authority import (
    Address,
    Authority,
    AuthorityUnusable,
    _server_pem,
    addresses_of,
    fingerprint,
    machine_addresses,
    machine_names,
)
from tests import factories
from tests.factories import PASSWORD
from tests.postgres import TestServer
from tests.serving import ROOT, Served, serving

API = "/api/v1"
GIVE_UP_S = 20.0
NOW = datetime.now(UTC)
LAN: list[Address] = [ip_address("192.168.20.7"), ip_address("fd00::7")]


def certify(authority: Authority, addresses: list[Address] = LAN, *, at: datetime = NOW) -> x509.Certificate:
    authority.certify(addresses, machine_names(), at, 397)
    certificate = authority.server_certificate()
    assert certificate
    return certificate


# --- The authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "secrets")


def test_an_authority_is_made_once_and_its_files_are_for_their_owner_only(authority: Authority) -> None:
    first = certify(authority)
    made = authority.certificate()
    assert certify(authority) == first and authority.certificate() == made
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in authority.folder.iterdir()}
    assert set(modes.values()) == {0o600} and {"authority.key", "https.pem"} <= set(modes)


def test_a_certificate_follows_the_machine_and_is_renewed_before_it_ends(authority: Authority) -> None:
    certify(authority)
    made = authority.certificate()
    moved = certify(authority, [ip_address("10.1.2.3"), ip_address("2001:db8::1")])
    assert addresses_of(moved) == [ip_address("10.1.2.3")]
    later = certify(authority, [ip_address("10.1.2.3")], at=NOW + timedelta(days=370))
    assert later != moved and later.not_valid_after_utc > moved.not_valid_after_utc
    # Phones go on trusting it; only for a public address it may not vouch for there has to be another.
    assert authority.certificate() == made
    public = certify(authority, [ip_address("203.0.113.9")])
    assert addresses_of(public) == [ip_address("203.0.113.9")] and authority.certificate() != made


def test_a_key_others_can_read_is_not_used(authority: Authority) -> None:
    certify(authority)
    authority.key_path.chmod(0o640)
    with pytest.raises(AuthorityUnusable, match="0640"):
        certify(authority, [ip_address("10.1.2.3")])


def handshake(server: Path, trusted: Path, name: str) -> None:
    """One TLS handshake of a client that trusts `trusted` with a server that shows `server`. Errors: ssl.SSLError."""
    client, there = socket.socketpair()
    offering = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    offering.load_cert_chain(server)

    def serve() -> None:
        try:
            offering.wrap_socket(there, server_side=True).close()
        except OSError:
            there.close()

    thread = Thread(target=serve)
    thread.start()
    try:
        ssl.create_default_context(cafile=trusted).wrap_socket(client, server_hostname=name).close()
    finally:
        client.close()
        thread.join()


@pytest.mark.parametrize("name", ["bank.example", "8.8.8.8"])
def test_who_steals_the_authority_can_pass_for_no_other_site(authority: Authority, name: str) -> None:
    certify(authority)
    handshake(authority.server_path, authority.certificate_path, "192.168.20.7")
    issuer = authority.certificate()
    assert issuer
    site = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    forged = authority.folder / "forged.pem"
    forged.write_bytes(_server_pem(issuer, authority._key(), x509.SubjectAlternativeName([site]), NOW, 90))
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        handshake(forged, authority.certificate_path, name)


# --- The front, as `frontage https` runs it, before a real server


@dataclass(frozen=True)
class Secured:
    """A server behind its front."""

    served: Served
    port: int
    authority: Authority
    database: Engine

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.authority.certificate_path)

    def connect(self, source: str = "127.0.0.1") -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=GIVE_UP_S, context=self.trusting(), source_address=(source, 0)
        )

    def ask_plainly(self, method: str, path: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=GIVE_UP_S)
        line.request(method, path, headers={"Authorization": "Bearer none"})
        answer = line.getresponse()
        told = answer.status, answer.headers, answer.read()
        line.close()
        return told


@contextmanager
def front_before(served: Served, config: Config) -> Iterator[int]:
    """`frontage https` on all addresses of this machine; yields its port."""
    with socket.socket() as free:
        free.bind(("", 0))
        port = int(free.getsockname()[1])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FRONTAGE_")}
    environ = kept | {
        "FRONTAGE_VAR": str(config.var),
        "FRONTAGE_HOST": "0.0.0.0",
        "FRONTAGE_PORT": str(served.port),
        "FRONTAGE_HTTPS_PORT": str(port),
    }
    log = config.var / "https.log"
    with open(log, "wb") as file:
        command = [sys.executable, "-m", "server.cli", "https"]
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=file, stderr=file)
        try:
            deadline = time.monotonic() + GIVE_UP_S
            while True:
                assert process.poll() is None and time.monotonic() < deadline, log.read_text()
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.05)
            yield port
        finally:
            process.terminate()
            assert process.wait(GIVE_UP_S) == 0, log.read_text()
    assert "Traceback" not in log.read_text()


@pytest.fixture(scope="module")
def secured(postgres: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """One for the tests of this file; its server has two request threads."""
    config = Config(var=tmp_path_factory.mktemp("secured") / "var")
    authority = Authority(config.secrets)
    certify(authority, [*machine_addresses(), *LAN])
    with postgres.clone() as url, ExitStack() as stack:
        served = stack.enter_context(
            serving(
                config,
                database_url=url,
                app_database_url=postgres.app_url(url),
                settings={"server_threads": 2, "https_port": 8443},
            )
        )
        port = stack.enter_context(front_before(served, config))
        yield Secured(served, port, authority, postgres.owner(url))


def test_a_phone_that_trusts_the_authority_is_served_and_another_refuses(secured: Secured) -> None:
    line = secured.connect()
    for path in ("/readyz", f"{API}/openapi.json"):
        line.request("GET", path)
        answer = line.getresponse()
        assert answer.status == 200 and json.loads(answer.read())
    line.close()
    with socket.create_connection(("127.0.0.1", secured.port)) as raw, pytest.raises(ssl.SSLError):
        ssl.create_default_context().wrap_socket(raw, server_hostname="127.0.0.1")


def test_the_server_knows_who_asks_and_by_which_address_on_every_request(secured: Secured) -> None:
    account = factories.make_account(secured.database, role="dispatcher")
    line = secured.connect(source="127.0.0.9")
    typed = json.dumps({"username": account.username, "password": PASSWORD})
    for _ in range(2):
        line.request("POST", f"{API}/auth/login", typed, {"Content-Type": "application/json"})
        answer = line.getresponse()
        signed_in = json.loads(answer.read())
        assert answer.status == 200, signed_in
    with secured.database.connect() as connection:
        # The newest two: others of this file sign in as well.
        newest = "SELECT host(address) FROM login_attempt ORDER BY id DESC LIMIT 2"
        addresses = connection.execute(text(newest)).scalars().all()
    assert addresses == ["127.0.0.9"] * 2
    line.request(
        "GET", f"{API}/tiles/frontage.json", headers={"Authorization": f"Bearer {signed_in['access_token']}"}
    )
    (tiles,) = json.loads(line.getresponse().read())["tiles"]
    assert tiles.startswith(f"https://127.0.0.1:{secured.port}/")
    line.close()


def test_streams_and_connections_that_ask_nothing_take_no_thread(secured: Secured) -> None:
    account = factories.make_account(secured.database, role="dispatcher")
    line = secured.connect()
    typed = json.dumps({"username": account.username, "password": PASSWORD})
    line.request("POST", f"{API}/auth/login", typed, {"Content-Type": "application/json"})
    token = json.loads(line.getresponse().read())["access_token"]
    with ExitStack() as stack:
        for _ in range(4):
            raw = socket.create_connection(("127.0.0.1", secured.port), timeout=GIVE_UP_S)
            stack.enter_context(secured.trusting().wrap_socket(raw, server_hostname="127.0.0.1"))
            reading = secured.connect()
            stack.callback(reading.close)
            reading.request("GET", f"{API}/stream", headers={"Authorization": f"Bearer {token}"})
            answer = reading.getresponse()
            assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/event-stream")
            assert answer.readline()
        line.request("GET", "/readyz")
        assert line.getresponse().read() == b'{"status":"ready"}'
    line.close()


def test_plain_http_hands_out_the_certificate_and_tells_nothing_else(secured: Secured) -> None:
    made = secured.authority.certificate()
    assert made
    status, headers, page = secured.ask_plainly("GET", "/phones")
    assert status == 200 and fingerprint(made) in page.decode()
    assert (
        f"https://127.0.0.1:{secured.port}" not in page.decode()
        and "https://192.168.20.7:8443/app/" in page.decode()
    )
    assert "'unsafe-inline'" not in headers["Content-Security-Policy"]
    status, headers, got = secured.ask_plainly("GET", "/phones/authority.crt")
    assert status == 200 and got == made.public_bytes(Encoding.DER)
    assert headers["Content-Type"] == "application/x-x509-ca-cert"
    assert secured.ask_plainly("GET", f"{API}/docs/static/phones.css")[0] == 200
    for method, path in (
        ("GET", "/"),
        ("GET", f"{API}/keys"),
        ("POST", f"{API}/auth/login"),
        ("GET", "/metrics"),
    ):
        status, headers, body = secured.ask_plainly(method, path)
        assert (status, headers["Location"], body) == (303, "/phones", b"")


def test_what_is_neither_tls_nor_http_ends_its_own_connection_only(secured: Secured) -> None:
    for nonsense in (b"\x16\x03\x01\x00\x05hello", b"SSH-2.0-x\r\n\r\n", b"A" * 100_000):
        with socket.create_connection(("127.0.0.1", secured.port), timeout=GIVE_UP_S) as line:
            line.sendall(nonsense)
            line.shutdown(socket.SHUT_WR)
            try:
                while line.recv(65536):
                    pass
            except ConnectionResetError:
                pass
    line_after = secured.connect()
    line_after.request("GET", "/healthz")
    assert line_after.getresponse().status == 200
    line_after.close()
