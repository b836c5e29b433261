"""Collaborators that the app, the worker and the command line build alike from the configuration.

What only the app needs is built there. Importing this module does nothing.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_network
from zoneinfo import ZoneInfo

from config import Config
from server.notices.channels import ChannelRules
from server.notices.delivering import Connect, Deliverer, Patience, Senders, nobody_listens
from server.notices.mail import Mailer, MailServer
from server.notices.pinning import AddressRules, Pins, Resolve, resolve_by_system
from server.notices.posting import Poster
from server.notices.sealing import Seal


def channel_rules_of(config: Config) -> ChannelRules:
    """What a channel of notices may be."""
    return ChannelRules(_seal(config), _addresses(config), mail=config.smtp_host is not None)


def deliverer_of(
    config: Config,
    connect: Connect,
    clock: Callable[[], datetime],
    *,
    resolve: Resolve = resolve_by_system,
    reach: Callable[[str], None] = nobody_listens,
) -> Deliverer:
    """The worker's sender of notices.

    Args:
        connect: see Deliverer.
        resolve, reach: replace how names become addresses, or listen at named points, in tests.
    """
    time_zone = ZoneInfo(config.time_zone)
    trust = ssl.create_default_context()
    if config.webhook_ca_file is not None:
        trust.load_verify_locations(config.webhook_ca_file)
    poster = Poster(
        Pins(_addresses(config), resolve), config.webhook_timeout_s, config.webhook_answer_max_bytes, trust
    )
    mailer = Mailer(_mail_server(config), time_zone, trust, clock)
    return Deliverer(
        connect=connect,
        senders=Senders(_seal(config), poster, mailer, time_zone, clock),
        clock=clock,
        time_zone=time_zone,
        patience=Patience(config.notice_retry_base_s, config.notice_retry_max_s, config.notice_give_up_s),
        channels_at_once=config.notice_channels_at_once,
        digest_max_count=config.notice_digest_max_count,
        reach=reach,
    )


def _seal(config: Config) -> Seal:
    return Seal(config.secrets / "notices.key")


def _addresses(config: Config) -> AddressRules:
    networks = filter(None, config.webhook_private_networks.split(","))
    return AddressRules(config.webhook_plain_http, tuple(ip_network(network) for network in networks))


def _mail_server(config: Config) -> MailServer:
    return MailServer(
        host=config.smtp_host,
        port=config.smtp_port,
        security=config.smtp_security,
        user=config.smtp_user,
        password_path=config.smtp_password_file,
        sender=config.smtp_from,
        timeout_s=config.smtp_timeout_s,
    )
