"""What can go wrong with phones that send by themselves."""

from __future__ import annotations

from typing import ClassVar

from server.problems.base import Problem


class DeviceTokenRefused(Problem):
    """The token opens nothing: wrong, revoked, expired before its first use, or claimed by another phone or app."""

    status, code = 401, "device_token_refused"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Basic realm="frontage devices"'}
