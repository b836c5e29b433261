"""Who may call what: every route declares it, and it is checked before anything of the request is parsed.

A token only says which account and session ask; role and organisation are read from the database on each request.
A route that declares nothing answers 500 (and fails tests/test_surface.py): forgetting is not permission.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self, TypeVar, cast
from uuid import UUID

from flask import Flask, current_app, g, request
from flask_jwt_extended import decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError

from server.db import Claim, Database, Principal
from server.problems.people import NotAuthenticated, SessionNeeded, TokenReadOnly
from server.problems.request import Internal, NotAllowed

ROLES = (
    "officer",
    "acceptor",
    "dispatcher",
    "handler",
    "checker",
    "zone_manager",
    "reviewer",
    "intake",
    "admin",
)
# Those who stand in the street with a phone.
FIELD_ROLES = ("officer", "handler", "checker")
# Those who direct people on duty, and may be shown where they are.
DIRECTING_ROLES = ("dispatcher", "zone_manager")

_DECLARED = "frontage_access"
_BY_TICKET = "frontage_by_ticket"
_BY_SESSION = "frontage_by_session"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
# A report without photos has 1 to 4 kB.
BODY_AT_ONCE_BYTES = 65_536
View = TypeVar("View", bound=Callable[..., object])


def allow(*roles: str) -> Callable[[View], View]:
    """Only these roles; the check is made before the body is read."""
    unknown = set(roles) - set(ROLES)
    if unknown or not roles:
        raise ValueError(f"no roles, or unknown ones: {sorted(unknown)}")

    def declare(view: View) -> View:
        setattr(view, _DECLARED, frozenset(roles))
        return view

    return declare


def everyone(view: View) -> View:
    """Any signed-in account."""
    return allow(*ROLES)(view)


def public(view: View) -> View:
    """No token needed."""
    setattr(view, _DECLARED, frozenset())
    return view


def by_ticket(view: View) -> View:
    """A ticket in the address opens it too: a browser's EventSource cannot send headers."""
    setattr(view, _BY_TICKET, True)
    return view


def by_session(view: View) -> View:
    """Only who signed in: a personal token makes no tokens, and opens no stream that would outlive it."""
    setattr(view, _BY_SESSION, True)
    return view


def needs_session(view: Callable[..., object]) -> bool:
    """Whether a view refuses personal tokens."""
    return getattr(view, _BY_SESSION, False)


def declared(view: Callable[..., object]) -> frozenset[str] | None:
    """Roles a view allows: empty for public, None when it declares nothing."""
    return cast("frozenset[str] | None", getattr(view, _DECLARED, None))


def principal() -> Principal:
    """Who asks, on a route that is not public."""
    return cast(Principal, g.principal)


def district_claim(roles: Iterable[str]) -> Claim:
    """The claim of somebody of the district. Raises NotAllowed, naming `roles`: a township does not decide for all."""
    asking = principal()
    if asking.scope != "district":
        raise NotAllowed(allowed_roles=sorted(roles), scope="district")
    return asking.claim


def token_ends_at_s() -> float:
    """When the token of this request expires, in seconds of the epoch, on a route that is not public."""
    return cast(float, g.token_ends_at_s)


@dataclass(frozen=True)
class _Token:
    """What a valid token holds."""

    claim: Claim
    jti: UUID
    kind: str
    expires_at_s: int


@dataclass(frozen=True)
class PersonalToken:
    """A token that somebody made for a program of theirs: opaque, and its kind is part of what is digested."""

    account_id: UUID
    token_id: UUID
    writes: bool
    secret: bytes

    _KINDS = {True: "fgw_", False: "fgr_"}
    _SECRET_BYTES = 32
    _IDS_BYTES = 32

    @property
    def text(self) -> str:
        whole = self.account_id.bytes + self.token_id.bytes + self.secret
        return self._KINDS[self.writes] + base64.urlsafe_b64encode(whole).decode().rstrip("=")

    @property
    def claim(self) -> Claim:
        return Claim(self.account_id, self.token_id, hashlib.sha256(self.text.encode()).digest())

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The token of a text; None for what is none, such as the token of a session."""
        writes = next((writes for writes, kind in cls._KINDS.items() if text.startswith(kind)), None)
        if writes is None:
            return None
        try:
            whole = base64.urlsafe_b64decode(text[4:] + "==")
        except (binascii.Error, ValueError):
            return None
        if len(whole) != cls._IDS_BYTES + cls._SECRET_BYTES:
            return None
        return cls(UUID(bytes=whole[:16]), UUID(bytes=whole[16:32]), writes, whole[32:])


@lru_cache(maxsize=4096)
def _verified(token: str, _key: str) -> _Token:
    # A signature that held once holds again: checking it anew for each report of a phone costs as much as the match.
    # Expiry is looked at on every request, and the session is read from the database besides.
    claims = decode_token(token)
    claim = Claim(UUID(claims["sub"]), UUID(claims["sid"]))
    return _Token(claim, UUID(claims["jti"]), claims["type"], int(claims["exp"]))


def token_claim(*, refresh: bool = False, encoded: str | None = None) -> tuple[Claim, UUID]:
    """Claim and token id of the bearer token of this request, or of `encoded` when it came another way.

    Raises:
        NotAuthenticated: for a missing, forged, expired or wrong kind of token.
    """
    token = _token(encoded or _bearer(), "refresh" if refresh else "access")
    return token.claim, token.jti


def _token(encoded: str, kind: str) -> _Token:
    try:
        token = _verified(encoded, current_app.config["JWT_SECRET_KEY"])
    except (JWTExtendedException, PyJWTError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise NotAuthenticated() from error
    if token.expires_at_s <= time.time() or token.kind != kind:
        raise NotAuthenticated()
    return token


def _bearer() -> str:
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not encoded:
        raise NotAuthenticated()
    return encoded


def _came_whole() -> bool:
    """Whether the body, if any, is here: small JSON is read now, and no connection waits for a slow phone."""
    if request.content_length is None:
        # Without a length there is no body, or one in pieces that may take minutes.
        return "Transfer-Encoding" not in request.headers
    if request.content_length > BODY_AT_ONCE_BYTES or not request.is_json:
        return request.content_length == 0
    request.get_data()
    return True


def _asking(view: Callable[..., object], redeem: Callable[[str], tuple[Claim, float]]) -> tuple[Claim, float]:
    """Whose session asks and until when, by a ticket where the view takes one."""
    ticket = request.args.get("ticket") if getattr(view, _BY_TICKET, False) else None
    if ticket is not None:
        return redeem(ticket)
    shown = _bearer()
    personal = PersonalToken.read(shown)
    if personal is not None:
        return personal.claim, math.inf
    token = _token(shown, "access")
    return token.claim, token.expires_at_s


def _admit(asking: Principal, view: Callable[..., object], roles: frozenset[str]) -> None:
    """Whether who asks may call a view. Raises NotAllowed, SessionNeeded, TokenReadOnly."""
    if asking.role not in roles:
        raise NotAllowed(allowed_roles=sorted(roles))
    if asking.digest is None:
        return
    if needs_session(view):
        raise SessionNeeded()
    personal = PersonalToken.read(_bearer())
    if request.method not in READING and not (personal and personal.writes):
        raise TokenReadOnly()


def install(app: Flask, db: Database, redeem: Callable[[str], tuple[Claim, float]]) -> None:
    """Check every request against what its route declares.

    Args:
        redeem: uses a ticket up; the session it opens and when that ends (NotAuthenticated when it opens none).
    """

    @app.teardown_request
    def _leave(_: BaseException | None) -> None:
        db.leave()

    @app.before_request
    def _check() -> None:
        if request.endpoint is None:
            return
        view = app.view_functions[request.endpoint]
        roles = declared(view)
        if roles is None:
            raise Internal()
        if not roles:
            return
        claim, g.token_ends_at_s = _asking(view, redeem)
        asking = db.enter(claim) if _came_whole() else db.who(claim)
        if asking is None:
            raise NotAuthenticated()
        _admit(asking, view, roles)
        g.principal = asking
