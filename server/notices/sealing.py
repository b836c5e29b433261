"""Addresses and secrets of channels, encrypted at rest: whoever reads the database or a copy of it cannot send there.

The address of a group robot is its own password, and a channel is made over HTTP by people who have no shell, so
neither can be a file. The key is one more file of the deployment's secrets; without it, channels are entered anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import orjson
from cryptography.fernet import Fernet, InvalidToken

from server import secrets


class SealBroken(ValueError):
    """What was sealed with another key, or changed since."""


@dataclass(frozen=True)
class Target:
    """Where a channel sends. `secret`: what signs (webhook, DingTalk); of the others there is none."""

    address: str
    secret: str | None = None


class Seal:
    """Seals and opens targets with the key in `path`, which is made on first use."""

    def __init__(self, path: Path) -> None:
        # 32 random bytes in URL-safe base64, which random_key leaves unpadded.
        self._fernet = Fernet(secrets.random_key(path) + "=")

    def close(self, target: Target) -> str:
        """The target as text for the database."""
        return self._fernet.encrypt(orjson.dumps([target.address, target.secret])).decode()

    def open(self, sealed: str) -> Target:
        """The target again. Raises SealBroken."""
        try:
            address, secret = orjson.loads(self._fernet.decrypt(sealed))
        except InvalidToken as error:
            raise SealBroken("the key of this deployment does not open it") from error
        return Target(address, secret)
