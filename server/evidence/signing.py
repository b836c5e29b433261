"""Signatures on receipts: Ed25519 over canonical JSON, so a phone can prove years later what the server took.

A signature is a detached JWS (RFC 7515 appendix F) over the RFC 8785 form of the receipt; the public key is
served as a JWK (RFC 8037) whose id is its RFC 7638 thumbprint. Replacing a key is an operator's step: the
old public key has to stay published as long as its receipts matter.
"""

import base64
import binascii
import hashlib
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from server.evidence.canonical import canonical
from server.evidence.faults import EvidenceFault


class SigningKeyUnusable(EvidenceFault):
    """The key file is no Ed25519 key in PEM PKCS#8, or others than its owner can read it."""


class ReceiptSigner:
    """Signs and checks with one key. Immutable, safe from many threads."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public = key.public_key()
        self._x = _base64url(self._public.public_bytes_raw())
        self.key_id = jwk_thumbprint(self._x)
        self._header = _base64url(canonical({"alg": "EdDSA", "kid": self.key_id}))

    @classmethod
    def load_or_create(cls, path: Path) -> "ReceiptSigner":
        """The key at `path`; made there, readable by its owner only, when there is none.

        Processes that start at the same moment all end with the same key. Errors: SigningKeyUnusable,
        OSError.
        """
        if not path.exists():
            _create_key(path)
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise SigningKeyUnusable(f"{path} has mode {mode:04o}; only its owner may read it (0600)")
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except ValueError as error:
            raise SigningKeyUnusable(f"{path} holds no private key in PEM") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise SigningKeyUnusable(f"{path} holds no Ed25519 key")
        return cls(key)

    def sign(self, payload: Mapping[str, Any]) -> str:
        """Detached compact JWS `header..signature` over the payload.

        Errors: ValueError as server.evidence.canonical.
        """
        return self.sign_canonical(canonical(payload))

    def sign_canonical(self, payload: bytes) -> str:
        """The same over a payload that is in canonical form already."""
        signature = self._key.sign(_signing_input(self._header, payload))
        return f"{self._header}..{_base64url(signature)}"

    def verify(self, payload: Mapping[str, Any], signature: str) -> bool:
        """Whether this key signed exactly this payload. Anything that is no such signature is False."""
        return verify_with(self.jwk(), payload, signature)

    def jwk(self) -> dict[str, str]:
        """The public key (RFC 8037)."""
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": self._x,
            "kid": self.key_id,
            "alg": "EdDSA",
            "use": "sig",
        }

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The key set to serve."""
        return {"keys": [self.jwk()]}


def verify_with(jwk: Mapping[str, str], payload: Mapping[str, Any], signature: str) -> bool:
    """Whether the holder of `jwk` signed exactly this payload; needs no signer, for clients and auditors."""
    header, middle, made = [*signature.split("."), "", "", ""][:3]
    # The one header a receipt can have: an attacker's choice of algorithm or key is never interpreted.
    expected = _base64url(canonical({"alg": "EdDSA", "kid": jwk_thumbprint(jwk["x"])}))
    if signature.count(".") != 2 or middle or header != expected:
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(_from_base64url(jwk["x"]))
        public.verify(_from_base64url(made), _signing_input(header, canonical(payload)))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def jwk_thumbprint(x: str) -> str:
    """RFC 7638 thumbprint of the Ed25519 key whose base64url public bytes are `x`."""
    return _base64url(hashlib.sha256(canonical({"crv": "Ed25519", "kty": "OKP", "x": x})).digest())


def _signing_input(header: str, payload: bytes) -> bytes:
    return header.encode() + b"." + base64.urlsafe_b64encode(payload).rstrip(b"=")


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_base64url(text: str) -> bytes:
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _base64url(data) != text:
        raise ValueError("not the one base64url form of these bytes")
    return data


def _create_key(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(pem)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            # link, not rename: of several processes the first one's key stays.
            os.link(draft, path)
        except FileExistsError:
            pass
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
