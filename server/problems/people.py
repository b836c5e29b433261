"""What can go wrong with signing in."""

from __future__ import annotations

from typing import ClassVar

from server.problems.base import Problem


class NotAuthenticated(Problem):
    """No valid access token came with the request."""

    status, code = 401, "not_authenticated"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer realm="frontage"'}


class LoginRefused(Problem):
    """User name or password is wrong; which of them is not told."""

    status, code = 401, "login_refused"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer realm="frontage"'}


class RefreshRefused(Problem):
    """The refresh token is used up, revoked or expired."""

    status, code = 401, "refresh_refused"
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer realm="frontage"'}


class TooManyLogins(Problem):
    """Too many failed logins; Retry-After says when to try again."""

    status, code = 429, "too_many_logins"
