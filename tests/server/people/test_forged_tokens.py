"""No token but our own, of the right kind, unexpired and unedited, opens anything."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from flask.testing import FlaskClient
from flask_openapi3 import OpenAPI
from sqlalchemy import Engine

from tests.factories import PASSWORD, make_account


@dataclass(frozen=True)
class Real:
    """A session's real tokens and the key they are signed with."""

    key: str
    access: str
    refresh: str
    other_session: str

    def signed(self, kind: str, *, key: str | None = None, **edits: Any) -> str:
        """The real claims of one token with `edits` (None removes), signed again."""
        claims = jwt.decode(self.token(kind), options={"verify_signature": False}) | edits
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(kept, key or self.key, algorithm="HS256")

    def token(self, kind: str) -> str:
        return self.access if kind == "access" else self.refresh

    def parts(self, kind: str) -> list[str]:
        return self.token(kind).split(".")


@pytest.fixture
def real(app: OpenAPI, client: FlaskClient, owner: Engine) -> Real:
    def tokens() -> dict[str, Any]:
        name = make_account(owner).username
        answer = client.post("/api/v1/auth/login", json={"username": name, "password": PASSWORD})
        body: dict[str, Any] = answer.get_json()
        return body

    mine, other = tokens(), tokens()
    sid = jwt.decode(other["access_token"], options={"verify_signature": False})["sid"]
    return Real(app.config["JWT_SECRET_KEY"], mine["access_token"], mine["refresh_token"], sid)


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def past(seconds: int) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def without_signature(real: Real, kind: str, algorithm: str) -> str:
    return f"{encoded({'alg': algorithm, 'typ': 'JWT'})}.{real.parts(kind)[1]}."


def with_edited_payload(real: Real, kind: str) -> str:
    claims = jwt.decode(real.token(kind), options={"verify_signature": False})
    head, _, signature = real.parts(kind)
    return f"{head}.{encoded(claims | {'sub': str(uuid4())})}.{signature}"


def by_public_key(real: Real, kind: str) -> str:
    """Signed by HMAC with a public RSA key: fools who lets the token choose its algorithm."""
    public = generate_private_key(public_exponent=65537, key_size=2048).public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signed = f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{real.parts(kind)[1]}"
    digest = hmac.digest(pem, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def by_another_hash(real: Real, kind: str) -> str:
    signed = f"{encoded({'alg': 'HS512', 'typ': 'JWT'})}.{real.parts(kind)[1]}"
    digest = hmac.digest(real.key.encode(), signed.encode(), "sha512")
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def by_rsa(real: Real, kind: str) -> str:
    private = generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(real.token(kind), options={"verify_signature": False})
    return jwt.encode(claims, private, algorithm="RS256")


FORGERIES: dict[str, Callable[[Real, str], str]] = {
    "empty": lambda real, kind: "",
    "no token at all": lambda real, kind: "xyz",
    "three empty parts": lambda real, kind: "..",
    "algorithm none": lambda real, kind: without_signature(real, kind, "none"),
    "algorithm NONE": lambda real, kind: without_signature(real, kind, "NONE"),
    "signature cut off": lambda real, kind: ".".join(real.parts(kind)[:2]) + ".",
    "signature of the other token": lambda real, kind: ".".join(
        [*real.parts(kind)[:2], real.parts("refresh" if kind == "access" else "access")[2]]
    ),
    "payload edited, signature kept": with_edited_payload,
    "another secret": lambda real, kind: real.signed(kind, key="x" * 43),
    "HMAC with a public RSA key": by_public_key,
    "RS256": by_rsa,
    "HS512 with the right key": by_another_hash,
    "expired": lambda real, kind: real.signed(kind, exp=past(1)),
    "one that never expires": lambda real, kind: real.signed(kind, exp=None),
    "not valid yet": lambda real, kind: real.signed(kind, nbf=past(-3600)),
    "issued by somebody else": lambda real, kind: real.signed(kind, iss="elsewhere"),
    "issued by nobody": lambda real, kind: real.signed(kind, iss=None),
    "another account in the same session": lambda real, kind: real.signed(kind, sub=str(uuid4())),
    "another's session": lambda real, kind: real.signed(kind, sid=real.other_session),
    "a session that never was": lambda real, kind: real.signed(kind, sid=str(uuid4())),
    "no session": lambda real, kind: real.signed(kind, sid=None),
    "no subject": lambda real, kind: real.signed(kind, sub=None),
    "a subject that is no id": lambda real, kind: real.signed(kind, sub="admin"),
    "a subject that is SQL": lambda real, kind: real.signed(kind, sub="' OR 1=1 --"),
    "a subject that is a list": lambda real, kind: real.signed(kind, sub=["a"]),
    "a session that is a number": lambda real, kind: real.signed(kind, sid=7),
    "a token id that is no id": lambda real, kind: real.signed(kind, jti="x"),
    "no token id": lambda real, kind: real.signed(kind, jti=None),
    "of an unknown kind": lambda real, kind: real.signed(kind, type="admin"),
    "of the other kind": lambda real, kind: real.token("refresh" if kind == "access" else "access"),
    "a key id that is a path": lambda real, kind: jwt.encode(
        jwt.decode(real.token(kind), options={"verify_signature": False}),
        "",
        algorithm="none",
        headers={"kid": "/dev/null"},
    ).replace("none", "HS256"),
}


def call(client: FlaskClient, kind: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    if kind == "access":
        return client.get("/api/v1/me", headers=headers).status_code
    return client.post("/api/v1/auth/refresh", headers=headers).status_code


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_only_the_real_token_opens(client: FlaskClient, real: Real, kind: str) -> None:
    answers = {name: call(client, kind, forge(real, kind)) for name, forge in FORGERIES.items()}
    assert {name: status for name, status in answers.items() if status != 401} == {}
    assert call(client, kind, real.token(kind)) == 200


def test_a_forged_refresh_token_does_not_end_the_session_it_names(client: FlaskClient, real: Real) -> None:
    """Else anybody who learns a session's id could sign its holder out."""
    call(client, "refresh", real.signed("refresh", key="x" * 43, jti=str(uuid4())))
    assert call(client, "access", real.access) == 200


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "bearer",
        "Bearer a b",
        "Bearer \xff",
        "Token x",
        "",
        "Bearer " + "a" * 8000,
    ],
    ids=ascii,
)
def test_a_strange_authorization_header_is_no_token(client: FlaskClient, header: str) -> None:
    answer = client.get("/api/v1/me", headers={"Authorization": header})
    assert (answer.status_code, answer.get_json()["code"]) == (401, "not_authenticated")


def test_a_token_elsewhere_than_in_the_header_is_none(client: FlaskClient, real: Real) -> None:
    client.set_cookie("access_token_cookie", real.access)
    assert client.get(f"/api/v1/me?jwt={real.access}").status_code == 401
