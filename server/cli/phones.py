"""`frontage https`: the front that `frontage run` puts before the server, for phones on the same network."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import ip_address

import click

from server import front, logs
from server.authority import Address, Authority, addresses_of, fingerprint, machine_addresses, machine_names
from server.cli.base import Place, pass_place
from server.deployment import Deployment


def wanted(deployment: Deployment) -> bool:
    """Whether a run serves HTTPS itself: others may reach it, and no proxy of the operator's stands before it."""
    config = deployment.config
    return bool(config.https_port) and not config.trusted_proxies and not _is_loopback(config.host)


def behind(deployment: Deployment) -> Deployment:
    """The same deployment as its server runs behind the front: on loopback only."""
    return Deployment(deployment.config.model_copy(update={"host": "127.0.0.1"}))


def certify(deployment: Deployment) -> list[str]:
    """See that the certificate is for the machine as it is now; what is told to people. Errors: AuthorityUnusable."""
    config = deployment.config
    authority = Authority(config.secrets)
    authority.certify(
        _listened_on(config.host), machine_names(), datetime.now(UTC), config.https_certificate_days
    )
    made, server = authority.certificate(), authority.server_certificate()
    if made is None or server is None:
        raise RuntimeError("certify made no certificate")
    lines = []
    for address in addresses_of(server):
        host = f"[{address}]" if address.version == 6 else str(address)
        lines.append(
            f"手机 / phones: https://{host}:{config.https_port}/app/  "
            f"首次先装证书 / certificate first: http://{host}:{config.https_port}/phones"
        )
    return [*lines, f"证书指纹 / fingerprint SHA-256: {fingerprint(made)}"]


@click.command("https")
@pass_place
def https(place: Place) -> None:
    """在服务器之前为手机提供 HTTPS / HTTPS for phones, before the server of this deployment; run by `frontage run`."""
    logs.configure()
    config = place.deployment.config
    if not Authority(config.secrets).server_path.exists():
        certify(place.deployment)
    upstream = (behind(place.deployment).config.host, config.port)
    made = front.Front(Authority(config.secrets).server_path, upstream, config.https_connections_max_count)
    front.run(made, front.listen(config.host, config.https_port))


def _listened_on(host: str) -> list[Address]:
    """Addresses phones reach `host` by: that one, or all of the machine when it is a name or means all."""
    try:
        address = ip_address(host)
    except ValueError:
        return machine_addresses()
    if not address.is_unspecified:
        return [address]
    # `::` takes both kinds, 0.0.0.0 its own only.
    return [one for one in machine_addresses() if address.version in (6, one.version)]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


COMMANDS = (https,)
