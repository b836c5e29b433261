"""A certificate authority of this deployment's own, so that phones on the same network get a secure context.

It is made once and kept in the folder of secrets, its key for its owner only. What it can vouch for is written into it:
names of this machine, addresses of private networks and those it had, so that a phone that trusts it trusts it for
nothing else. Certificates for the machine's addresses of the day are made from it and made anew when those change.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import stat
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
LOOPBACK = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
# Phones are told to trust it, so it outlives none of them by much.
AUTHORITY_LIFETIME = timedelta(days=3650)
RENEWED_BEFORE_END = timedelta(days=30)
# A phone whose clock is a little behind takes it too.
BACKDATED = timedelta(days=1)
NETWORKS = tuple(
    ip_network(told)
    for told in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10",
        "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
_SIOCGIFADDR = 0x8915


class AuthorityUnusable(RuntimeError):
    """Its files cannot be read, or others than their owner can read its key."""


@dataclass(frozen=True)
class Authority:
    """The authority kept in `folder`; nothing is made before it is asked for.

    Attributes:
        folder: of secrets, mode 0700.
    """

    folder: Path

    @property
    def certificate_path(self) -> Path:
        return self.folder / "authority.pem"

    @property
    def key_path(self) -> Path:
        return self.folder / "authority.key"

    @property
    def server_path(self) -> Path:
        """Certificate and key of the server, in one file."""
        return self.folder / "https.pem"

    def certificate(self) -> x509.Certificate | None:
        """The authority's own certificate, None before it was made. Errors: AuthorityUnusable."""
        return _read_certificate(self.certificate_path)

    def server_certificate(self) -> x509.Certificate | None:
        """The server's newest certificate, None before it was made. Errors: AuthorityUnusable."""
        return _read_certificate(self.server_path)

    def certify(self, addresses: Iterable[Address], names: Iterable[str], now: datetime, days: int) -> None:
        """See that there is a server certificate for these, made anew when it is for others or ends soon.

        Args:
            addresses: of the machine; IPv6 ones outside private networks, which change daily, are left out. For an
                IPv4 address the authority may not vouch for, an authority is made anew.
            names: of the machine in DNS. now: aware. days: how long a certificate holds.

        Raises:
            AuthorityUnusable: its files cannot be read.
        """
        every = sorted({*LOOPBACK, *filter(_lasting, addresses)}, key=str)
        with _alone(self.folder):
            issuer, key = self._load_or_create(every, now)
            wanted = _alternatives(every, names, issuer)
            held = self.server_certificate()
            ends = now + min(RENEWED_BEFORE_END, timedelta(days=days) / 2)
            if held and held.issuer == issuer.subject and held.not_valid_after_utc > ends:
                if list(alternatives_of(held)) == list(wanted):
                    return
            _write(self.server_path, _server_pem(issuer, key, wanted, now, days))

    def _load_or_create(
        self, addresses: Sequence[Address], now: datetime
    ) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        held = self.certificate()
        if held is not None and held.not_valid_after_utc > now + RENEWED_BEFORE_END:
            if all(_vouches_for(held, address) for address in addresses):
                return held, self._key()
        key = ec.generate_private_key(ec.SECP256R1())
        made = _authority_certificate(key, addresses, now)
        # The key first: a certificate without its key would never be replaced.
        _write(self.key_path, _pem(key))
        _write(self.certificate_path, made.public_bytes(serialization.Encoding.PEM))
        return made, key

    def _key(self) -> ec.EllipticCurvePrivateKey:
        try:
            mode = stat.S_IMODE(self.key_path.stat().st_mode)
            key = serialization.load_pem_private_key(self.key_path.read_bytes(), password=None)
        except (OSError, ValueError) as error:
            raise AuthorityUnusable(f"{self.key_path}: {error}") from error
        if mode & 0o077 or not isinstance(key, ec.EllipticCurvePrivateKey):
            raise AuthorityUnusable(f"{self.key_path} has mode {mode:04o}; only its owner may read it (0600)")
        return key


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 as phones show it: pairs of hexadecimal digits between colons."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def alternatives_of(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    """Names and addresses a server certificate is for."""
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def addresses_of(certificate: x509.Certificate) -> list[Address]:
    """Addresses a server certificate is for, without loopback."""
    told = alternatives_of(certificate).get_values_for_type(x509.IPAddress)
    return [one for one in told if isinstance(one, Address) and not one.is_loopback]


def machine_addresses() -> list[Address]:
    """Addresses of this machine's interfaces that are up, without loopback and link-local ones: the first of each."""
    found: list[Address] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            try:
                told = fcntl.ioctl(asking, _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue  # It has none.
            found.append(IPv4Address(told[20:24]))
    table = Path("/proc/net/if_inet6")
    for row in table.read_text(encoding="ascii").splitlines() if table.exists() else []:
        found.append(IPv6Address(int(row.split()[0], 16)))
    return [one for one in dict.fromkeys(found) if not one.is_loopback and not one.is_link_local]


def machine_names() -> list[str]:
    """Names others on the network may know this machine by."""
    host = socket.gethostname().partition(".")[0].lower()
    return ["localhost", host, f"{host}.local"] if host and host != "localhost" else ["localhost"]


def _lasting(address: Address) -> bool:
    """Whether the machine keeps it: public addresses of IPv6 change daily, and with each the authority would."""
    return address.version == 4 or any(address in network for network in NETWORKS if network.version == 6)


def _permitted(authority: x509.Certificate) -> Sequence[x509.GeneralName]:
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    return constraints.permitted_subtrees or ()


def _vouches_for(authority: x509.Certificate, address: Address) -> bool:
    networks = [one.value for one in _permitted(authority) if isinstance(one, x509.IPAddress)]
    return any(isinstance(one, Network) and address in one for one in networks)


def _alternatives(
    addresses: Iterable[Address], names: Iterable[str], authority: x509.Certificate
) -> x509.SubjectAlternativeName:
    """These addresses, and those names the authority may vouch for: a machine may have been renamed."""
    known = [one.value for one in _permitted(authority) if isinstance(one, x509.DNSName)]
    told: list[x509.GeneralName] = [x509.DNSName(name) for name in dict.fromkeys(names) if name in known]
    return x509.SubjectAlternativeName([*told, *map(x509.IPAddress, addresses)])


def _authority_certificate(
    key: ec.EllipticCurvePrivateKey, addresses: Iterable[Address], now: datetime
) -> x509.Certificate:
    host = socket.gethostname().partition(".")[0] or "localhost"
    # A phone that met an earlier one of the same machine tells them apart.
    name = _name(f"Frontage {host[:32]} {secrets.token_hex(3)}")
    allowed: list[x509.GeneralName] = [x509.DNSName(one) for one in machine_names()]
    allowed += [x509.IPAddress(network) for network in NETWORKS]
    allowed += [
        x509.IPAddress(ip_network(address))
        for address in addresses
        if not any(address in network for network in NETWORKS)
    ]
    return (
        _begun(name, name, key.public_key(), now, AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(
            x509.NameConstraints(permitted_subtrees=allowed, excluded_subtrees=None), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _server_pem(
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    wanted: x509.SubjectAlternativeName,
    now: datetime,
    days: int,
) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    lifetime = min(timedelta(days=days) - BACKDATED, issuer.not_valid_after_utc - now)
    certificate = (
        _begun(_name("Frontage"), issuer.subject, key.public_key(), now, lifetime)
        .add_extension(wanted, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
        .sign(issuer_key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + _pem(key)


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer, subject, key, x509.random_serial_number(), now - BACKDATED, now + lifetime
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _read_certificate(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise AuthorityUnusable(f"{path}: {error}") from error


def _write(path: Path, content: bytes) -> None:
    """Put a file in place whole, for its owner only, and on the disk."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time makes files here."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / "authority.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
