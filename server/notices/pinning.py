"""Which address a webhook really goes to: resolved once, judged, and connected to as judged.

A name is asked for once a try and the connection goes to the very address that was judged, so a name that says
something else a moment later (rebinding) changes nothing. Networks of our own are refused unless the deployment
lists them, since a webhook's address is typed by people who should not be able to call what only this machine can.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from server.notices.outcome import Trouble

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
# An address in here stands for an IPv4 address behind a gateway, which may be one of ours.
_TRANSLATED = tuple(ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))
_PORTS = {"https": 443, "http": 80}


class NotReached(Exception):
    """There is no address to connect to; `trouble` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


def resolve_by_system(host: str, port: int) -> list[str]:
    """Addresses of a name as this machine knows them, in its order of preference. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class AddressRules:
    """Where webhooks may go.

    Attributes:
        plain_http: whether an address without TLS is taken.
        private: networks that are allowed though they are not public.
    """

    plain_http: bool = False
    private: tuple[Network, ...] = ()

    def usable(self, text: str) -> bool:
        """Whether an address may be kept: its form, and the address itself when it is written in numbers."""
        url = self.read(text)
        if url is None:
            return False
        literal = _literal(url.host)
        return literal is None or self.allows(literal)

    def read(self, text: str) -> httpx.URL | None:
        """The URL in a text; None when it is none that may be called."""
        schemes = {"https", "http"} if self.plain_http else {"https"}
        try:
            url = httpx.URL(text)
            # Asked for its host it decodes the name, which may be no name at all (IDNAError is a UnicodeError).
            well_formed = bool(url.host) and "%" not in url.host and not url.userinfo
        except (httpx.InvalidURL, ValueError):
            return None
        usable_port = url.port is None or 0 < url.port < 65536
        return url if well_formed and url.scheme in schemes and usable_port else None

    def allows(self, address: Address) -> bool:
        """Whether an address may be connected to."""
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if any(address in network for network in self.private):
            return True
        return (
            address.is_global
            and not address.is_multicast
            and not any(address in network for network in _TRANSLATED)
        )


@dataclass(frozen=True)
class Pins:
    """Turns an address as people write it into the addresses to connect to."""

    rules: AddressRules
    resolve: Resolve = field(default=resolve_by_system)

    def pin(self, url: httpx.URL) -> list[str]:
        """Addresses of the URL's host, every one of them allowed: a name that leads to both inside and outside is odd.

        Raises:
            NotReached: it has none, or one that is refused.
        """
        port = url.port or _PORTS[url.scheme]
        host = url.raw_host.decode("ascii")
        try:
            found = [_literal(one) for one in self.resolve(host, port)]
        except (OSError, UnicodeError) as error:
            raise NotReached(Trouble.NAME_UNKNOWN) from error
        if not found:
            raise NotReached(Trouble.NAME_UNKNOWN)
        if not all(one is not None and self.rules.allows(one) for one in found):
            raise NotReached(Trouble.ADDRESS_REFUSED)
        return [str(one) for one in found]


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
